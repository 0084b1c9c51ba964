import { environmentRefusal, isRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import { shownPath } from "../relative-path.js";
import type { HubClient } from "./client.js";
import { unlike } from "./push-lines.js";
import type { Committed } from "./push-upload.js";
import { listTree, type TreeFile } from "./tree.js";

/**
 * Reads a commit back and holds it to what was sent. Throws an environment Refusal where a file is another. The commit
 * stands whatever comes of the reading, so trouble on the way is only told.
 */
export async function readBack(made: Committed, client: HubClient, id: string, io: Io): Promise<void> {
  const files = await filesOf(made.commit, client, id, io);
  const [first] = files === undefined ? [] : unlike(made.expected, files);
  if (first === undefined) return;
  throw environmentRefusal("push-not-as-sent", {
    file: shownPath(id, first),
    expected: "the contents that were committed",
    found: `others in commit ${made.commit}`,
    remedy: "Look at the commit on the Hub before you use it, and report this.",
  });
}

async function filesOf(
  commit: string,
  client: HubClient,
  id: string,
  io: Io,
): Promise<TreeFile[] | undefined> {
  try {
    return await listTree(client, { id, label: id }, commit, io);
  } catch (error) {
    if (!isRefusal(error) && !io.signal.aborted) throw error;
    const why = isRefusal(error) ? error.message : "it was interrupted";
    const message = `the commit is made, but was not read back: ${why}`;
    io.emit({ type: "warning", code: "not-read-back", message });
    return undefined;
  }
}
