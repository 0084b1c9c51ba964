import { describe, expect, it } from "vitest";
import { plainReporter, silentReporter } from "../../src/cli/reporter.js";
import type { Terminal } from "../../src/cli/terminal.js";

const MB = 1_000_000;

function seat(animated: boolean) {
  const state = { now: 0, err: "" };
  const terminal: Terminal = {
    out: () => {},
    err: (text) => {
      state.err += text;
    },
    width: 60,
    animated,
    colour: false,
    onInterrupt: () => () => {},
  };
  return { state, reporter: plainReporter(terminal, () => state.now), terminal };
}

const file = (bytes: number, total = 1000 * MB, path = "a.safetensors") =>
  ({ type: "file", path, bytes, total }) as const;

describe("progress in a log", () => {
  it("has a line for each tenth of a large file, with rate and remaining time", () => {
    const { state, reporter } = seat(false);
    for (let percent = 0; percent <= 100; percent++) {
      state.now = 20 * percent;
      reporter.emit(file(10 * percent * MB));
    }
    const lines = state.err.trimEnd().split("\n");
    expect(lines.length).toBe(11);
    expect(lines[5]).toBe("a.safetensors  500 MB of 1.00 GB  50 %  500 MB/s, 1 s left");
    expect(lines[0]).toBe("a.safetensors  0 bytes of 1.00 GB  0 %");
  });

  it("has a line every ten seconds where a tenth takes longer", () => {
    const { state, reporter } = seat(false);
    for (let second = 0; second <= 60; second++) {
      state.now = 1000 * second;
      reporter.emit(file(second * MB, 1e6 * MB));
    }
    expect(state.err.trimEnd().split("\n").length).toBe(7);
    expect(state.err).toMatch(/1\.00 MB\/s, 27[67] h \d+ min left/);
  });

  it("has a line every ten seconds for phases, and none before", () => {
    const { state, reporter } = seat(false);
    for (let layer = 0; layer < 80; layer++) {
      state.now = 500 * layer;
      reporter.emit({ type: "phase", name: `layer ${layer} of 80` });
    }
    expect(state.err).toBe("layer 20 of 80 …\nlayer 40 of 80 …\nlayer 60 of 80 …\n");
  });

  it("says nothing of small files", () => {
    const { state, reporter } = seat(false);
    reporter.emit(file(MB, 2 * MB));
    expect(state.err).toBe("");
  });
});

describe("progress on a terminal", () => {
  it("redraws one line, at most ten times a second, no wider than the terminal", () => {
    const { state, reporter } = seat(true);
    for (let step = 0; step <= 1000; step++) {
      state.now = step;
      reporter.emit(file(step * MB, 1000 * MB, `${"long".repeat(30)}.safetensors`));
    }
    const drawn = state.err.split("\r\u001b[K").slice(1);
    expect(drawn.length).toBe(11);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(60);
    reporter.end();
    expect(state.err.endsWith("\r\u001b[K")).toBe(true);
  });

  it("wipes the line before a warning, and escapes names", () => {
    const { state, reporter } = seat(true);
    reporter.emit({ type: "phase", name: "\u001b[2J" });
    reporter.emit({ type: "warning", code: "x", message: "\u001b]0;" });
    expect(state.err).toBe("\r\u001b[K\\u{1b}[2J …\r\u001b[Kwarning: \\u{1b}]0;\n");
  });
});

describe("a silent reporter", () => {
  it("tells only what was asked for to debug, and still collects warnings", () => {
    const { state, terminal } = seat(true);
    const reporter = silentReporter(terminal);
    reporter.emit({ type: "warning", code: "w", message: "m" });
    reporter.emit({ type: "note", message: "n" });
    reporter.emit(file(900 * MB));
    expect([state.err, reporter.progress.warnings.length]).toEqual(["", 1]);
    reporter.emit({ type: "debug", message: "GET x" });
    expect(state.err).toBe("GET x\n");
  });
});
