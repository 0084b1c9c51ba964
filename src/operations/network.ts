import { realTarget } from "../checkpoint/disk/target.js";
import { fetchingFor } from "../checkpoint/fetching.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { Plan } from "../plan/plan.js";

/** What a command asked of the Hub, and what carrying out its plan asks for. */
export interface NetworkFacts {
  /** Made before anything was written; a redirect is a request of its own. */
  readonly requests: number;
  /** Received by them. */
  readonly bytes: number;
  /** Files that writing into a directory fetches, and how much of each is not on this machine yet. */
  readonly fetches: readonly { readonly path: string; readonly bytes: number }[];
}

/** The facts for one plan and its output; null where every source is on this machine. Asks for nothing. */
export async function networkFacts(
  plan: Plan,
  source: CheckpointSource,
  others: readonly CheckpointSource[],
  { path, push }: { readonly path: string; readonly push?: object },
): Promise<NetworkFacts | null> {
  const networks = [source, ...others].flatMap(({ network }) => (network === undefined ? [] : [network]));
  if (networks.length === 0) return null;
  const { files } =
    push === undefined ? await fetchingFor(plan, source, await realTarget(path)) : { files: [] };
  return {
    requests: networks.reduce((sum, { traffic }) => sum + traffic.requests, 0),
    bytes: networks.reduce((sum, { traffic }) => sum + traffic.bytes, 0),
    fetches: files.map(({ path: file, lacking }) => ({ path: file, bytes: lacking })),
  };
}
