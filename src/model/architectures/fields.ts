import { isObject, type Json, type JsonObject } from "../../document/json.js";
import { dataRefusal } from "../../errors.js";

/** A config object whose fields are asked for by type; null counts as absent. Every method throws a data Refusal. */
export class Fields {
  constructor(
    readonly object: JsonObject,
    private readonly file: string,
    private readonly path = "",
  ) {}

  has(key: string): boolean {
    return this.object.get(key) !== undefined && this.object.get(key) !== null;
  }

  /** A whole number above zero. */
  count(key: string, absent?: number): number {
    return this.#read(key, absent, isCount, "a whole number above zero");
  }

  number(key: string, absent?: number): number {
    return this.#read(key, absent, (value): value is number => typeof value === "number", "a number");
  }

  flag(key: string, absent: boolean): boolean {
    return this.#read(key, absent, (value): value is boolean => typeof value === "boolean", "true or false");
  }

  text(key: string, absent?: string): string {
    return this.#read(key, absent, (value): value is string => typeof value === "string", "a text");
  }

  numbers(key: string, absent?: readonly number[]): readonly number[] {
    return this.#read(key, absent, isNumbers, "a list of numbers");
  }

  texts(key: string): readonly string[] | undefined {
    return this.has(key) ? this.#read(key, [], isTexts, "a list of texts") : undefined;
  }

  /** The object at a key; undefined where there is none. */
  below(key: string): Fields | undefined {
    const value = this.object.get(key);
    if (value === undefined || value === null) return undefined;
    if (isObject(value)) return new Fields(value, this.file, `${this.path}${key}.`);
    throw this.wrong(key, "an object");
  }

  /** A refusal about one field. */
  wrong(key: string, expected: string, remedy?: string) {
    const value = this.object.get(key);
    return dataRefusal("config-field", {
      file: this.file,
      expected: `${expected} at ${this.path}${key}`,
      found:
        value === undefined ? "nothing" : isObject(value) ? "an object" : JSON.stringify(value).slice(0, 80),
      remedy: remedy ?? "Check that config.json is whole, and of this model.",
    });
  }

  #read<T extends Json>(
    key: string,
    absent: T | undefined,
    isType: (value: Json) => value is T,
    expected: string,
  ): T {
    const value = this.object.get(key) ?? absent;
    if (value !== undefined && isType(value)) return value;
    throw this.wrong(key, expected);
  }
}

function isCount(value: Json): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function isNumbers(value: Json): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

function isTexts(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
