import type { ConfigDocuments } from "../../src/config/documents.js";
import { parseDocument } from "../../src/document/document.js";

/** The two documents from values, or from texts where the bytes matter. */
export function documents(config?: object | string, quantConfig?: object | string): ConfigDocuments {
  return {
    ...(config === undefined ? {} : { config: parseDocument(textOf(config), "config.json") }),
    ...(quantConfig === undefined
      ? {}
      : { quantConfig: parseDocument(textOf(quantConfig), "hf_quant_config.json") }),
  };
}

/** config.json with a quantisation object. */
export function quantized(quantization: object): ConfigDocuments {
  return documents({ model_type: "llama", quantization_config: quantization });
}

/** The bytes of both documents, to compare. */
export function textsOf({ config, quantConfig }: ConfigDocuments) {
  return { config: config?.text, quantConfig: quantConfig?.text };
}

function textOf(value: object | string): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
