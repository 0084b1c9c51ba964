import type { Subject } from "../../src/errors.js";
import { layout } from "../../src/tensors/layout.js";
import type { RuleCode } from "../../src/tensors/rules.js";
import { parseIndex } from "../../src/tensors/shards.js";
import { readNumbers } from "../../src/tensors/values.js";
import { fileOf, member, read } from "./file.js";

/** One way to break one rule, and what the refusal must name. */
export interface Breach {
  readonly code: RuleCode;
  readonly what: string;
  readonly work: () => unknown;
  readonly subject: Subject;
}

const FILE = "x.safetensors";
const INDEX = "model.safetensors.index.json";

/** A file that is refused: its header, its bytes of data, and the tensor and range that must be named. */
function broken(
  code: RuleCode,
  what: string,
  json: string | Uint8Array,
  { data = 0, length, ...subject }: Subject & { data?: number; length?: number | bigint } = {},
): Breach {
  return { code, what, work: () => read(fileOf(json, data, length)), subject: { file: FILE, ...subject } };
}

const a = (fields: Record<string, string>) => `{${member("a", fields)}}`;
const bytes = (...values: number[]) => Uint8Array.from(values);
const latin1 = (text: string) => Uint8Array.from(text, (unit) => unit.charCodeAt(0));

const FILES: readonly Breach[] = [
  {
    code: "file-too-small",
    what: "no bytes",
    work: () => read(bytes()),
    subject: { file: FILE, range: [0, 0] },
  },
  {
    code: "file-too-small",
    what: "7 bytes",
    work: () => read(new Uint8Array(7)),
    subject: { file: FILE, range: [0, 7] },
  },
  broken("header-empty", "a file of zeros", "", { data: 100, range: [0, 8] }),
  broken("header-too-large", "a length just above the limit", "{}", { length: 100_000_001, range: [0, 8] }),
  broken("header-too-large", "a length of 2^64 - 1", "{}", { length: 2n ** 64n - 1n, range: [0, 8] }),
  broken("header-cut-short", "a length one beyond the file", "{}", { length: 3, range: [0, 8] }),
  broken("header-not-utf8", "a stray byte", bytes(0xff), { range: [8, 9] }),
  broken("header-not-utf8", "an overlong form", latin1('{"\xc0\x80'), { range: [10, 11] }),
  broken("header-not-utf8", "an encoded surrogate", latin1('{"\xed\xa0\x80'), { range: [10, 11] }),
  broken("header-not-utf8", "beyond U+10FFFF", latin1('{"\xf4\x90\x80\x80'), { range: [10, 11] }),
  broken("header-not-utf8", "cut within a character, after U+FFFD itself", latin1('{"\xef\xbf\xbd\xe2\x82'), {
    range: [13, 14],
  }),
];

const SYNTAX: readonly Breach[] = [
  ...["{", '{"a"', '{"a', "{,}", "{a:1}", "{'a':1}", '{"a" 1}'].map((json) =>
    broken("json-syntax", json, json),
  ),
  ...[
    "tru",
    "nul",
    "NaN",
    "Infinity",
    "+1",
    ".5",
    "1.",
    "01",
    "-",
    "1e",
    "0x1",
    "'a'",
    "[1,]",
    "[1 2]",
    "[",
    '{"b"}',
    "[}",
    '{"b":1]',
    "{1}",
    '{"b":0,1}',
    '{"b":0,}',
    "/**/1",
  ].map((value) => broken("json-syntax", value, a({ extra: value }), { data: 4, tensor: "a" })),
  broken("json-syntax", "a comma before the end", `{${member("a")},}`, { data: 4 }),
  broken("json-syntax", "no comma", `{${member("a")} ${member("b")}}`, { data: 4 }),
  broken("json-syntax", "a form feed as white space", "{\f}", { range: [9, 10] }),
  broken("json-syntax", "a no-break space as white space", "{\u00a0}", { range: [9, 11] }),
  broken("json-trailing", "a letter", "{}x", { range: [10, 11] }),
  broken("json-trailing", "padding with NUL", "{}\0\0", { range: [10, 11] }),
  broken("json-trailing", "a second object", "{} {}", { range: [11, 12] }),
  broken("json-trailing", "a closing brace", "{}}", { range: [10, 11] }),
  broken("json-control-character", "U+0001 in a name", '{"a\u0001', { range: [11, 12] }),
  broken("json-control-character", "a line feed in a name", '{"é\n', { range: [12, 13] }),
  broken("json-control-character", "NUL in a metadata text", '{"__metadata__":{"a":"\0"}}', {
    range: [30, 31],
  }),
  ...["\\x", "\\u12", "\\u12g4", "\\U0041", "\\'"].map((text) =>
    broken("json-escape", text, `{"${text}":1}`, { range: [10, 11] }),
  ),
  ...[
    "\\ud800",
    "\\udc00",
    "\\ud800x",
    "\\ud800\\n",
    "\\ud800\\u0041",
    "\\ud800\\ud800",
    "\\udc00\\ud800",
    "\\udc00\\udc00",
  ].map((text) => broken("json-surrogate", text, `{"${text}":1}`, { range: [10, 11] })),
  ...["1e309", "-1e309", "1.7976931348623158e308", "1.8e308", "1e99999999999", "1".repeat(400)].map((value) =>
    broken("json-number-range", value.slice(0, 20), a({ extra: value }), { data: 4, tensor: "a" }),
  ),
  broken("json-depth", "arrays 128 deep", a({ extra: "[".repeat(126) + "]".repeat(126) }), {
    data: 4,
    tensor: "a",
  }),
  broken("json-depth", "objects 128 deep", a({ extra: '{"":'.repeat(126) + "0" + "}".repeat(126) }), {
    data: 4,
    tensor: "a",
  }),
];

const ENTRIES: readonly Breach[] = [
  ...[" ", "null", "[]", '""', "1", "true", "\ufeff{}"].map((json) =>
    broken("header-not-object", json, json),
  ),
  broken("metadata-twice", "plain", '{"__metadata__":{},"__metadata__":{}}', { range: [27, 28] }),
  broken("metadata-twice", "after null, by escapes", '{"__metadata__":null,"\\u005f_metadata__":{}}', {
    range: [29, 30],
  }),
  ...["1", "[]", '""', "true", '{"a":1}', '{"a":null}', '{"a":{}}', '{"a":["b"]}'].map((value) =>
    broken("metadata-not-strings", value, `{"__metadata__":${value}}`),
  ),
  broken("tensor-twice", "plain", `{${member("a")},${member("a")}}`, { data: 4, tensor: "a" }),
  broken(
    "tensor-twice",
    "by escapes",
    `{${member("a")},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`,
    { data: 8, tensor: "a" },
  ),
  broken("tensor-twice", "__proto__", `{${member("__proto__")},${member("__proto__")}}`, {
    data: 4,
    tensor: "__proto__",
  }),
  ...["null", "1", '"F32"', "true"].map((value) =>
    broken("tensor-malformed", value, `{"a":${value}}`, { tensor: "a" }),
  ),
  broken("tensor-malformed", "an array of four", '{"a":["F32",[1],[0,4],0]}', { data: 4, tensor: "a" }),
  ...["dtype", "shape", "data_offsets"].map((key) =>
    broken(
      "field-twice",
      key,
      `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"${key}":${{ dtype: '"F32"', shape: "[1]" }[key] ?? "[0,4]"}}}`,
      { data: 4, tensor: "a" },
    ),
  ),
  broken("field-twice", "by escapes", '{"a":{"dtype":"F32","\\u0064type":"F32"', { data: 4, tensor: "a" }),
  broken("field-missing", "dtype", '{"a":{"shape":[1],"data_offsets":[0,4]}}', {
    data: 4,
    tensor: "a",
    range: [13, 14],
  }),
  broken("field-missing", "shape", '{"a":{"dtype":"F32","data_offsets":[0,4]}}', {
    data: 4,
    tensor: "a",
    range: [13, 14],
  }),
  broken("field-missing", "data_offsets", '{"a":{"dtype":"F32","shape":[1]}}', {
    data: 4,
    tensor: "a",
    range: [13, 14],
  }),
  ...["[]", '["F32"]', '["F32",[1]]', "{}"].map((value) =>
    broken("field-missing", value, `{"a":${value}}`, { data: 4, tensor: "a" }),
  ),
  ...[
    '"f32"',
    '"F8_E3M4"',
    '"F32 "',
    '""',
    "32",
    "null",
    '["F32"]',
    "{}",
    '{"F32":{}}',
    '{"F32":0}',
    '{"F32":null,"F16":null}',
    '{"f32":null}',
    '"__proto__"',
  ].map((value) => broken("dtype-unknown", value, a({ dtype: value }), { data: 4, tensor: "a" })),
  ...[
    "[1.0]",
    "[1e0]",
    "[1E0]",
    "[-1]",
    "[-0]",
    "[18446744073709551616]",
    `[1${"0".repeat(30)}]`,
    '["1"]',
    "[null]",
    "[[1]]",
    "1",
    '"[1]"',
    "null",
    "{}",
    "[01]",
    "[+1]",
    "[,]",
  ].map((value) => broken("shape-malformed", value, a({ shape: value }), { data: 4, tensor: "a" })),
  ...[
    "[]",
    "[0]",
    "[0,4,4]",
    "[0,4.0]",
    "[0,4e0]",
    "[-0,4]",
    "[-1,4]",
    "[0,18446744073709551616]",
    '["0",4]',
    "4",
    "null",
    '{"0":0,"1":4}',
  ].map((value) => broken("offsets-malformed", value, a({ data_offsets: value }), { data: 4, tensor: "a" })),
];

const two = (first: string, second: string, shape = "[1]") =>
  `{${member("a", { data_offsets: first })},${member("b", { data_offsets: second, shape })}}`;
const start = (json: string) => 8 + json.length;

const DATA: readonly Breach[] = [
  broken("size-overflow", "two axes", a({ shape: "[2,18446744073709551614]" }), { data: 4, tensor: "a" }),
  broken("size-overflow", "elements fit, bits do not", a({ shape: "[576460752303423488]" }), {
    data: 4,
    tensor: "a",
  }),
  broken(
    "size-overflow",
    "a zero that comes too late",
    a({ shape: "[18446744073709551615,2,0]", data_offsets: "[0,0]" }),
    { tensor: "a" },
  ),
  broken("size-not-bytes", "three F4", a({ dtype: '"F4"', shape: "[3]", data_offsets: "[0,2]" }), {
    data: 2,
    tensor: "a",
  }),
  broken("size-not-bytes", "one F6", a({ dtype: '"F6_E2M3"', shape: "[]", data_offsets: "[0,1]" }), {
    data: 1,
    tensor: "a",
  }),
  broken("size-mismatch", "too few bytes", a({ shape: "[2]" }), {
    data: 4,
    tensor: "a",
    range: [start(a({ shape: "[2]" })), start(a({ shape: "[2]" })) + 4],
  }),
  broken("size-mismatch", "too many bytes", a({ shape: "[]", data_offsets: "[0,8]" }), {
    data: 8,
    tensor: "a",
  }),
  broken("size-mismatch", "2^60 bytes that are not there", a({ shape: "[288230376151711743]" }), {
    data: 4,
    tensor: "a",
  }),
  broken("offsets-reversed", "an end before the beginning", a({ data_offsets: "[4,0]" }), {
    data: 4,
    tensor: "a",
  }),
  broken("offsets-reversed", "an end before a beginning that is right", two("[0,4]", "[4,0]"), {
    data: 4,
    tensor: "b",
  }),
  broken("offsets-hole", "at the start", a({ data_offsets: "[4,8]" }), { data: 8, tensor: "a" }),
  broken("offsets-hole", "between two", two("[0,4]", "[8,12]"), { data: 12, tensor: "b" }),
  broken("offsets-overlap", "the same bytes twice", two("[0,4]", "[0,4]"), { data: 4, tensor: "b" }),
  broken("offsets-overlap", "half of them", two("[0,4]", "[2,6]"), { data: 6, tensor: "b" }),
  broken("offsets-overlap", "an empty tensor inside another", two("[0,4]", "[2,2]", "[0]"), {
    data: 4,
    tensor: "b",
  }),
  broken("data-cut-short", "the last byte missing", a({}), {
    data: 3,
    range: [start(a({})) + 3, start(a({})) + 4],
  }),
  broken(
    "data-cut-short",
    "all of 2^53 bytes",
    a({ dtype: '"U8"', shape: "[9007199254740992]", data_offsets: "[0,9007199254740992]" }),
  ),
  broken("data-unclaimed", "one byte more", a({}), { data: 5, range: [start(a({})) + 4, start(a({})) + 5] }),
  broken("data-unclaimed", "bytes without tensors", "{}", { data: 1, range: [10, 11] }),
];

const spec = { name: "a", dtype: "F32", shape: [1], byteLength: 4 } as const;
const written = (
  code: RuleCode,
  what: string,
  change: object,
  subject: Subject = { tensor: "a" },
): Breach => ({
  code,
  what: `written: ${what}`,
  work: () =>
    layout([
      { ...spec, name: "b" },
      { ...spec, ...change },
    ]),
  subject,
});

const WRITER: readonly Breach[] = [
  written("tensor-twice", "a name twice, with two dtypes", { name: "b", dtype: "I32" }, { tensor: "b" }),
  written("name-reserved", "__metadata__", { name: "__metadata__" }, { tensor: "__metadata__" }),
  written("name-not-unicode", "a lone surrogate", { name: "\ud800" }, {}),
  ...[-1, 1.5, NaN, 2 ** 53, -1n, 2n ** 64n].map((size) =>
    written("shape-malformed", String(size), { shape: [size] }),
  ),
  written("size-mismatch", "too few bytes", { byteLength: 3 }),
  written("size-not-bytes", "three F4", { dtype: "F4", shape: [3], byteLength: 2 }),
  written("size-overflow", "2^64 bits", { shape: [2 ** 30, 2 ** 29] }),
];

const indexed = (code: RuleCode, text: string, what = text): Breach => ({
  code,
  what: `index: ${what}`,
  work: () => parseIndex(text, INDEX),
  subject: { file: INDEX },
});

const PATHS = [
  "",
  ".",
  "..",
  "../a",
  "a/../../b",
  "a/..",
  "./a",
  "a//b",
  "a/",
  "/etc/passwd",
  "C:a",
  "c:/a",
  "a\\b",
  "\\\\host\\a",
  "a\0",
  "a\nb",
  "\u009b",
];

const INDEXES: readonly Breach[] = [
  ...["", "[]", "null", "{}", '{"metadata":{}}', '{"weight_map":[]}', '{"weight_map":null}', "\ufeff{}"].map(
    (text) => indexed("index-not-object", text),
  ),
  indexed("json-syntax", '{"weight_map":{"a":"b"'),
  indexed("json-trailing", '{"weight_map":{}}}'),
  indexed("index-key-twice", '{"weight_map":{},"weight_map":{}}'),
  indexed("index-key-twice", '{"weight_map":{"a":"x","\\u0061":"y"}}'),
  indexed("index-key-twice", '{"weight_map":{},"metadata":{"total_size":1,"total_size":2}}'),
  ...["1", "null", '["x"]', "{}"].map((value) =>
    indexed("index-shard-not-string", `{"weight_map":{"a":${value}}}`),
  ),
  indexed("index-path", '{"weight_map":{"a":"\ud800"}}', "a lone surrogate in the text itself"),
  ...PATHS.map((path) => indexed("index-path", `{"weight_map":{"a":${JSON.stringify(path)}}}`)),
];

const VALUES: readonly Breach[] = [
  { code: "values-dtype", what: "I32", work: () => readNumbers("I32", bytes(0, 0, 0, 0)), subject: {} },
  { code: "values-dtype", what: "F8_E4M3", work: () => readNumbers("F8_E4M3", bytes(0)), subject: {} },
  {
    code: "values-length",
    what: "three bytes of F32",
    work: () => readNumbers("F32", bytes(0, 0, 0)),
    subject: {},
  },
  { code: "values-length", what: "one byte of BF16", work: () => readNumbers("BF16", bytes(0)), subject: {} },
];

/** Every rule, broken in every way that we know. */
export const BREACHES: readonly Breach[] = [
  ...FILES,
  ...SYNTAX,
  ...ENTRIES,
  ...DATA,
  ...WRITER,
  ...INDEXES,
  ...VALUES,
];
