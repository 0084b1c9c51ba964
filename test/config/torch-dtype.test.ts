import { describe } from "vitest";
import { itDeclares } from "./declares.js";
import { documents } from "./texts.js";

describe("kv_cache_torch_dtype", () =>
  itDeclares([
    [
      "e4m3fn",
      documents({ kv_cache_torch_dtype: "float8_e4m3fn" }),
      [["kv_cache_torch_dtype", "kv_cache_torch_dtype", "float8_e4m3fn", []]],
    ],
    [
      "e4m3fnuz",
      documents({ kv_cache_torch_dtype: "float8_e4m3fnuz" }),
      [["kv_cache_torch_dtype", "kv_cache_torch_dtype", "float8_e4m3fnuz", []]],
    ],
    [
      "e5m2, which the server refuses with scales",
      documents({ kv_cache_torch_dtype: "float8_e5m2" }),
      [["kv_cache_torch_dtype", "kv_cache_torch_dtype", "unknown", ["kv-cache-torch-dtype-unknown"]]],
    ],
    [
      "capitals",
      documents({ kv_cache_torch_dtype: "FLOAT8_E4M3FN" }),
      [["kv_cache_torch_dtype", "kv_cache_torch_dtype", "unknown", ["kv-cache-torch-dtype-unknown"]]],
    ],
    [
      "no word",
      documents({ kv_cache_torch_dtype: 8 }),
      [["kv_cache_torch_dtype", "kv_cache_torch_dtype", "unknown", ["kv-cache-torch-dtype-unknown"]]],
    ],
  ]));

describe("kv_cache_dtype, which nobody reads", () =>
  itDeclares([
    [
      "as the script writes it",
      documents({ kv_cache_dtype: "float8_e4m3fn" }),
      [["kv_cache_dtype", "kv_cache_dtype", "float8_e4m3fn", ["kv-cache-dtype-unread"]]],
    ],
    [
      "a launch option",
      documents({ kv_cache_dtype: "fp8" }),
      [["kv_cache_dtype", "kv_cache_dtype", "float8_e4m3fn", ["kv-cache-dtype-unread"]]],
    ],
    [
      "auto",
      documents({ kv_cache_dtype: "auto" }),
      [["kv_cache_dtype", "kv_cache_dtype", "none", ["kv-cache-dtype-unread"]]],
    ],
    [
      "another word",
      documents({ kv_cache_dtype: "fp8_e5m2" }),
      [["kv_cache_dtype", "kv_cache_dtype", "unknown", ["kv-cache-dtype-unread"]]],
    ],
  ]));
