import { type Dtype, dtypeNamed } from "./dtype.js";
import type { JsonScanner } from "./json-scanner.js";
import { ARRAY, OBJECT, STRING } from "./json-units.js";
import { quoted, type RuleCode } from "./rules.js";
import type { Dimension, TensorInfo } from "./tensor-info.js";

const METADATA = "__metadata__";
const NULL = 0x6e;

/**
 * Reads the JSON of a header into metadata and tensors, in the order of the text. Knows the grammar only;
 * sizes and offsets are judged in `checkData`. Takes every form that the official reader takes: an entry may
 * be `[dtype, shape, data_offsets]`, a dtype `{"F32":null}`, `__metadata__` null; unknown fields are skipped.
 */
export class EntryReader {
  readonly metadata = new Map<string, string>();
  readonly tensors = new Map<string, TensorInfo>();
  /** Name of the tensor being read, for messages. */
  tensor: string | undefined;
  private hasMetadata = false;
  private dtype: Dtype | undefined;
  private shape: Dimension[] | undefined;
  private begin: number | undefined;
  private end = 0;
  /** Reused, so that the shapes that stay are no longer than they must be. */
  private readonly dimensions: Dimension[] = [];

  constructor(
    private readonly json: JsonScanner,
    private readonly dataStart: number,
  ) {}

  /** Reads all of the text, once. Throws through the scanner's `Fail`. */
  read(): void {
    const { json } = this;
    if (json.peek() !== OBJECT) json.refuse("header-not-object", json.here());
    json.open();
    for (let first = true; json.more(OBJECT, first); first = false) this.readEntry();
    json.finish();
  }

  private readEntry(): void {
    const from = this.json.at;
    const name = this.json.key();
    if (name === METADATA) this.readMetadata(from);
    else this.readNamed(from, name);
  }

  private readNamed(from: number, name: string): void {
    const { tensors } = this;
    const before = tensors.size;
    this.tensor = name;
    tensors.set(name, this.readTensor(name));
    if (tensors.size === before) this.refuseAt(from, "tensor-twice", "a second entry of that name");
    this.tensor = undefined;
  }

  private readMetadata(from: number): void {
    const { json } = this;
    if (this.hasMetadata) this.refuseAt(from, "metadata-twice", "it a second time");
    this.hasMetadata = true;
    const unit = json.peek();
    if (unit === NULL) return void json.literal();
    if (unit !== OBJECT) json.refuse("metadata-not-strings", json.here());
    json.open();
    for (let first = true; json.more(OBJECT, first); first = false) {
      const key = json.key();
      if (json.peek() !== STRING) json.refuse("metadata-not-strings", `${json.here()} for ${quoted(key)}`);
      this.metadata.set(key, json.string());
    }
  }

  private readTensor(name: string): TensorInfo {
    const { json, dataStart } = this;
    this.dtype = this.shape = this.begin = undefined;
    const unit = json.peek();
    const from = json.at;
    if (unit === OBJECT) this.readFields();
    else if (unit === ARRAY) this.readSequence();
    else json.refuse("tensor-malformed", json.here());
    const { dtype, shape, begin, end } = this;
    if (dtype === undefined) return this.refuseAt(from, "field-missing", "no dtype");
    if (shape === undefined) return this.refuseAt(from, "field-missing", "no shape");
    if (begin === undefined) return this.refuseAt(from, "field-missing", "no data_offsets");
    return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
  }

  private readFields(): void {
    const { json } = this;
    json.open();
    for (let first = true; json.more(OBJECT, first); first = false) this.readField();
  }

  private readField(): void {
    const from = this.json.at;
    const key = this.json.key();
    if (key === "dtype") this.once(from, this.dtype).readDtype();
    else if (key === "shape") this.once(from, this.shape).readShape();
    else if (key === "data_offsets") this.once(from, this.begin).readOffsets();
    else this.json.skip();
  }

  private once(from: number, value: unknown): this {
    return value === undefined ? this : this.refuseAt(from, "field-twice", "a second one of that name");
  }

  private readSequence(): void {
    const { json } = this;
    json.open();
    if (json.more(ARRAY, true)) this.readDtype();
    if (this.dtype !== undefined && json.more(ARRAY, false)) this.readShape();
    if (this.shape !== undefined && json.more(ARRAY, false)) this.readOffsets();
    if (this.begin !== undefined && json.more(ARRAY, false))
      json.refuse("tensor-malformed", "a fourth element");
  }

  private readDtype(): void {
    const { json } = this;
    const unit = json.peek();
    const from = json.at;
    if (unit !== STRING && unit !== OBJECT) json.refuse("dtype-unknown", json.here());
    const text = unit === STRING ? json.string() : this.readVariant();
    this.dtype = dtypeNamed(text) ?? this.refuseAt(from, "dtype-unknown", quoted(text));
  }

  /** serde's other spelling of an enum without content: `{"F32":null}`. */
  private readVariant(): string {
    const { json } = this;
    json.open();
    if (!json.more(OBJECT, true)) json.refuse("dtype-unknown", "an empty object");
    const name = json.key();
    if (json.peek() !== NULL) json.refuse("dtype-unknown", `${json.here()} for ${quoted(name)}`);
    json.literal();
    if (json.more(OBJECT, false)) json.refuse("dtype-unknown", "an object of two keys");
    return name;
  }

  private readShape(): void {
    const { json, dimensions } = this;
    let rank = 0;
    if (json.peek() !== ARRAY) json.refuse("shape-malformed", json.here());
    json.open();
    for (let first = true; json.more(ARRAY, first); first = false) {
      dimensions[rank++] = this.unsigned("shape-malformed");
    }
    this.shape = dimensions.slice(0, rank);
  }

  private readOffsets(): void {
    const { json } = this;
    if (json.peek() !== ARRAY) json.refuse("offsets-malformed", json.here());
    json.open();
    this.begin = this.readOffset(true);
    this.end = this.readOffset(false);
    if (json.more(ARRAY, false)) json.refuse("offsets-malformed", "a third number");
  }

  private readOffset(first: boolean): number {
    const { json } = this;
    if (!json.more(ARRAY, first)) json.refuse("offsets-malformed", `${first ? "none" : "one"}`);
    // Beyond 2^53 this rounds; no file is that long, so it is refused all the same.
    return Number(this.unsigned("offsets-malformed"));
  }

  private unsigned(code: RuleCode): Dimension {
    this.json.peek();
    return this.json.unsigned() ?? this.json.refuse(code, this.json.here());
  }

  private refuseAt(at: number, code: RuleCode, found: string): never {
    this.json.at = at;
    return this.json.refuse(code, found);
  }
}
