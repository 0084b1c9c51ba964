/** A Hub of its own process, so that its work is not counted as the client's. Prints its address; answers on stdin. */
import { createInterface } from "node:readline";
import { startHub } from "../support/hub/hub.js";
import { fp8Model, LLAMA_70B } from "../support/hub/large-model.js";

const hub = await startHub({ prefix: process.argv[3] ?? "" });
hub.add("org/fp8", { files: fp8Model(LLAMA_70B) });
hub.state.latency = Number(process.argv[2] ?? 0);
process.stdout.write(`${hub.endpoint}\n`);

for await (const _line of createInterface({ input: process.stdin })) {
  const asked = hub
    .requests()
    .map(({ operation, method, path, bytesOut }) => ({ operation, method, path, bytesOut }));
  process.stdout.write(`${JSON.stringify(asked)}\n`);
  hub.forget();
}
await hub.close();
