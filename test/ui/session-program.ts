import { main } from "../../src/cli/main.js";
import { run } from "../../src/cli/run.js";
import { processTerminal } from "../../src/cli/terminal.js";
import type { Session } from "../../src/ui/session.js";

/** The program as it is; or, with a word, a session that crashes in that way when "boom" is typed. */
const [crash, ...argv] = process.argv.slice(2);
const how = crashes().get(crash ?? "");
if (how === undefined) await main(process.argv.slice(2));
else process.exitCode = await crashing(how);

function crashes(): ReadonlyMap<string, Partial<Session>> {
  return new Map<string, Partial<Session>>([
    ["crash-in-a-component", { inspect: async (ref) => ({ ref, report: {}, neighbours: [] }) as never }],
    [
      "crash-in-a-timer",
      {
        offer: async (text) => {
          if (text === "boom") setTimeout(() => missing().member, 1);
          return [];
        },
      },
    ],
    [
      "crash-in-a-report",
      {
        perform: async () => {
          const text = () => missing().member as never;
          return { text, ok: true, target: undefined, launch: [], bytes: 0 };
        },
      },
    ],
    ["crash-in-the-session", { inspect: async () => missing().member as never }],
  ]);
}

function missing(): { readonly member: unknown } {
  throw new TypeError(`injected${argv.join(" ")}`);
}

async function crashing(broken: Partial<Session>): Promise<number> {
  return run("session", {}, processTerminal(), async () => {
    const { startSession } = await import("../../src/ui/start.js");
    const { localSession } = await import("../../src/ui/session.js");
    const { env, stdin, stdout } = process;
    await startSession(
      { env, stdin, stdout, colour: true, ascii: false },
      { ...localSession(env), ...broken },
    );
    return { data: null, render: () => "" };
  });
}
