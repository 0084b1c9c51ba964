import { checkProblem, checkWrite } from "../attention/check.js";
import { attendOnline } from "../attention/online.js";
import { writePages } from "../attention/pages.js";
import type { Backend } from "./backend.js";
import { referenceCompute } from "./reference-compute.js";
import { takeTurns } from "./turns.js";

/**
 * The backend that every machine has: TypeScript, float64 sums, one thread. It shares no attention code
 * with the float64 definition that it is held to.
 */
export const referenceBackend: Backend = {
  name: "reference",
  describe: () => ({ name: "reference", instructionSets: [], threads: 1 }),
  arithmetic: () => "float32",
  async attend(problem, signal) {
    checkProblem(problem);
    return takeTurns(attendOnline(problem), signal);
  },
  async writeCache(write, signal) {
    checkWrite(write);
    await takeTurns(writePages(write), signal);
  },
  compute: referenceCompute,
};
