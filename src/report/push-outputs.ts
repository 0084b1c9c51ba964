import type { PushFacts } from "../checkpoint/hub/push-target.js";
import type { PushReport } from "../operations/push.js";
import { inspectOutputs, type Outputs } from "./outputs.js";

/** Outputs of `push`: those of the checkpoint, and where it is. */
export function pushOutputs({ push, written, result }: PushReport): Outputs {
  return { ...inspectOutputs(result), target: push.repository, written, ...placeOutputs(push) };
}

/** Where a checkpoint went on the Hub: the pull request's address, else the branch's; the commit, empty where none was made. */
export function placeOutputs({ url, commit }: PushFacts): Outputs {
  return { url, commit: commit ?? "" };
}
