import { apply } from "../../src/checkpoint/apply.js";
import type { LinkMode } from "../../src/checkpoint/keeping.js";
import { directorySource } from "../../src/checkpoint/local.js";
import { localSink } from "../../src/checkpoint/local-sink.js";
import { EXIT, isRefusal } from "../../src/errors.js";
import type { Event } from "../../src/events.js";
import type { Plan } from "../../src/plan/plan.js";
import { readPlan } from "./plan-text.js";

/** What the parent process asks of this one. */
export interface MergeOrder {
  readonly source: string;
  readonly out: string;
  readonly plan: string;
  readonly link: LinkMode;
  readonly force: boolean;
  /** Says "ready" before the commit, and waits for a line on stdin. */
  readonly wait?: boolean;
  /** Sends itself this signal when a file is half written. */
  readonly interruptAt?: "SIGINT" | "SIGTERM";
}

const order = JSON.parse(process.argv[2]!) as MergeOrder;
process.exitCode = await merge(order);

/** One merge as the command line runs it: signals abort, refusals become exit codes. */
async function merge({
  source: folder,
  out,
  link,
  force,
  plan: planText,
  ...order
}: MergeOrder): Promise<number> {
  const controller = new AbortController();
  let signalled: "SIGINT" | "SIGTERM" | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      signalled = name;
      controller.abort();
    });
  }
  const emit = (event: Event) => {
    const half = event.type === "file" && event.bytes < event.total;
    if (half && order.interruptAt && !signalled) process.kill(process.pid, order.interruptAt);
  };
  const io = { emit, signal: controller.signal };
  try {
    const source = await directorySource(folder);
    const plan: Plan = readPlan(planText);
    const sink = await localSink({ path: out, link, force, fsync: true }, [source], io);
    const commit = sink.commit.bind(sink);
    if (order.wait) sink.commit = async (io) => ready().then(() => commit(io));
    await apply(plan, source, sink, io);
    return EXIT.ok;
  } catch (error) {
    if (signalled !== undefined) return signalled === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    if (!isRefusal(error)) throw error;
    process.stdout.write(`${error.code}\n`);
    return EXIT[error.exit];
  }
}

async function ready(): Promise<void> {
  process.stdout.write("ready\n");
  await new Promise<void>((go) => {
    process.stdin.once("data", () => {
      process.stdin.destroy();
      go();
    });
  });
}
