import { CODE } from "./code.js";
import { ENGLISH } from "./english.js";
import { LANGUAGES } from "./languages.js";
import { MATHEMATICS } from "./mathematics.js";

/**
 * The built-in text, written for this project: prose, program text, mathematics and a dozen other languages,
 * a few thousand tokens with any tokenizer. Enough to see what a cache costs; calibrate on text of your own.
 */
export const SAMPLE_TEXT = [ENGLISH, CODE, MATHEMATICS, LANGUAGES].join("\n");
