import type { Provenance } from "../../src/operations/provenance.js";

/** How a report was made, the same every time. */
export const PROVENANCE: Provenance = {
  command: "kvscale inspect 'a <b> & c' --report out.html",
  made: "2026-01-02T03:04:05.000Z",
  versions: [
    { of: "kvscale", version: "1.2.3" },
    { of: "Node", version: "v20.19.0" },
  ],
  inputs: [
    {
      label: "checkpoint",
      scales: "ab".repeat(32),
      files: [{ path: "config.json", bytes: 1234, sha256: "cd".repeat(32), of: "file" }],
    },
  ],
};
