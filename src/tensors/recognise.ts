import { dataRefusal } from "../errors.js";

interface Foreign {
  readonly code: string;
  readonly found: string;
  /** Any of these, at the very beginning; text is compared without regard to case. */
  readonly begins: readonly (string | readonly number[])[];
  readonly remedy: string;
}

const PYTORCH =
  "Convert it to safetensors first, for instance with save_pretrained(…, safe_serialization=True) of transformers.";
const ADDRESS =
  "Download the file again, from its resolve/ address and with a token if the repository is gated.";

/** Files that are met in place of a safetensors file, by their first bytes. */
const FOREIGN: readonly Foreign[] = [
  {
    code: "git-lfs-pointer",
    found: "a Git-LFS pointer, which stands for the file but does not hold it",
    begins: ["version "],
    remedy: "Run `git lfs pull` in the repository, or download the file itself.",
  },
  { code: "html-page", found: "an HTML page", begins: ["<!doctyp", "<html"], remedy: ADDRESS },
  {
    code: "xml-document",
    found: "an XML document, such as a storage server's error",
    begins: ["<?xml"],
    remedy: ADDRESS,
  },
  {
    code: "error-page",
    found: "a server's error message",
    begins: ['{"error', '{\n  "err', "entry no", "invalid ", "access t", "reposito", "not foun", "unauthor"],
    remedy: ADDRESS,
  },
  {
    code: "json-document",
    found: "a JSON document",
    begins: ['{"', "{\n", "{\r\n", "{ ", "{}"],
    remedy: "Name the .safetensors file itself; an index or a sidecar of scales is another kind of input.",
  },
  {
    code: "zip-archive",
    found: "a ZIP archive, such as a PyTorch .bin or .pt file",
    begins: [
      [0x50, 0x4b, 0x03, 0x04],
      [0x50, 0x4b, 0x05, 0x06],
    ],
    remedy: PYTORCH,
  },
  {
    code: "pickle",
    found: "a Python pickle, such as an old PyTorch .bin file",
    begins: [2, 3, 4, 5].map((protocol) => [0x80, protocol]),
    remedy: PYTORCH,
  },
  {
    code: "gguf",
    found: "a GGUF file",
    begins: [[0x47, 0x47, 0x55, 0x46]],
    remedy: "Name the safetensors checkpoint that it was made from; GGUF files hold no KV-cache scales.",
  },
  { code: "hdf5", found: "an HDF5 file", begins: [[0x89, 0x48, 0x44, 0x46]], remedy: PYTORCH },
  { code: "gzip", found: "a gzip-compressed file", begins: [[0x1f, 0x8b]], remedy: "Decompress it first." },
];

/** Refuses a file that is known to be something else, by name; returns when nothing is recognised. */
export function refuseForeign(prefix: Uint8Array, file: string): void {
  const foreign = FOREIGN.find(({ begins }) => begins.some((beginning) => startsWith(prefix, beginning)));
  if (foreign === undefined) return;
  const { code, found, remedy } = foreign;
  throw dataRefusal(code, { file, range: [0, prefix.length], expected: "a safetensors file", found, remedy });
}

function startsWith(bytes: Uint8Array, beginning: string | readonly number[]): boolean {
  if (typeof beginning !== "string") return beginning.every((byte, at) => bytes[at] === byte);
  return String.fromCharCode(...bytes.subarray(0, beginning.length)).toLowerCase() === beginning;
}
