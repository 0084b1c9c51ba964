import type { BackendStatus } from "../backend/select.js";
import type { DoctorReport } from "../operations/doctor.js";
import { columns } from "./columns.js";
import { escapeText } from "./escape.js";
import type { View } from "./paint.js";
import { bytesText, countText } from "./words.js";

/** `doctor` for people: one line a fact. */
export function doctorText(report: DoctorReport, { width }: View): string {
  const { machine, hub, hubCache, token } = report;
  const rows = [
    ["kvscale", report.kvscale],
    ["node", report.node],
    [
      "machine",
      `${machine.platform}, ${machine.cpu}, ${countText(machine.cores, "core")}, ${bytesText(machine.memory)}`,
    ],
    ...report.backends.map(backendRow),
    [
      "Hub",
      `${hub.endpoint}${hub.proxied ? ", through a proxy" : ""}${hub.offline ? " (offline: HF_HUB_OFFLINE)" : ""}`,
    ],
    [
      "Hub cache",
      `${hubCache.path}${hubCache.models === null ? " (not there)" : `, ${countText(hubCache.models, "model")}`}`,
    ],
    [
      "Hub token",
      token.found ? `found in ${token.where}` : "none (needed only for private and gated repositories)",
    ],
  ];
  return columns(
    [{ title: "" }, { title: "", flexible: true }],
    rows.map((row) => row.map(escapeText)),
    width,
  );
}

function backendRow(status: BackendStatus): string[] {
  const name = `backend ${status.name}`;
  if (!status.available) return [name, `no: ${status.reason}`];
  const sets = status.instructionSets.map((set) =>
    set.unavailable === undefined ? set.name : `${set.name} (no: ${set.unavailable})`,
  );
  const chosen = status.instructionSet === undefined ? "" : `, runs on ${status.instructionSet}`;
  return [
    name,
    `yes${chosen}${sets.length === 0 ? "" : `; has ${sets.join(", ")}`}; ${countText(status.threads, "thread")}`,
  ];
}
