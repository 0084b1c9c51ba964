import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { type Manifest, PREBUILT } from "./contents.js";
import { ROOT } from "./stage.js";

const FOLDER = join(ROOT, ".github/workflows");
const NAMES = readdirSync(FOLDER);

describe.each(NAMES)("%s", (name) => {
  it("is YAML without a mistake or a key that stands twice", () => {
    const { errors, warnings } = parseDocument(readFileSync(join(FOLDER, name), "utf8"), { strict: true });
    expect([errors, warnings]).toEqual([[], []]);
  });

  it("pins every action to a major version, and no other", () => {
    const uses = stepsOf(name).flatMap(({ uses: action }) => action ?? []);
    expect(uses.filter((action) => !/^actions\/[\w-]+@v\d+$/.test(action))).toEqual([]);
    expect(uses.length).toBeGreaterThan(3);
  });

  it("lets nothing into a script except through the environment, whose names are set", () => {
    for (const { run = "", names } of stepsOf(name)) {
      expect(run).not.toContain("${{");
      const wanted = [...run.matchAll(/\$([A-Z_]+)/g)].map(([, variable]) => variable!);
      expect([...names, ...OF_RUNNER]).toEqual(expect.arrayContaining(wanted));
    }
  });

  it("runs scripts that the manifest has and files that are there", () => {
    const runs = stepsOf(name).flatMap(({ run }) => run ?? []);
    const scripts = runs.flatMap((run) =>
      [...run.matchAll(/^npm (?:run (\S+)|(test))/g)].flatMap(([, a, b]) => a ?? b!),
    );
    expect(Object.keys(manifest().scripts)).toEqual(expect.arrayContaining(scripts));
    const files = runs.flatMap((run) => run.match(/(?:native|test)\/[\w/.-]+/g) ?? []);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(runs).toContain("npm ci");
  });

  it("waits for jobs that exist, and may write nothing but a provenance", () => {
    const { jobs, permissions } = workflow(name);
    const needs = Object.values(jobs).flatMap((job) => job.needs ?? []);
    expect(Object.keys(jobs)).toEqual(expect.arrayContaining(needs));
    expect(permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs))
      expect([undefined, { contents: "read", "id-token": "write" }]).toContainEqual(job.permissions);
  });
});

describe("the workflows together", () => {
  it("test on the oldest Node that the manifest allows, and on the newest", () => {
    const oldest = manifest().engines.node.replace(">=", "");
    for (const [name, job] of [
      ["ci.yml", "test"],
      ["ci.yml", "windows"],
      ["release.yml", "try"],
    ] as const)
      expect(workflow(name).jobs[job]!.strategy?.matrix.node).toEqual([oldest, "latest"]);
  });

  it("build addons under names by which a package finds them, each tried where it was built", () => {
    const { addon, try: tried } = workflow("release.yml").jobs;
    const built = addon!.strategy!.matrix.include!;
    for (const { platform } of built) expect(`prebuilds/${platform}/cpu.node`).toMatch(PREBUILT);
    expect(tried!.strategy!.matrix.os).toEqual(built.map(({ os }) => os));
  });

  it("publish what was tried: the tarball of the artifact, with provenance", () => {
    const { publish } = workflow("release.yml").jobs;
    expect([publish!.needs, publish!.permissions?.["id-token"]]).toEqual(["try", "write"]);
    expect(publish!.steps.flatMap(({ run }) => run ?? [])).toEqual([
      expect.stringMatching(/^npm publish kvscale-\*\.tgz .*--provenance/),
    ]);
  });
});

/** Variables that every runner has. */
const OF_RUNNER = ["GITHUB_REF_NAME", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY"];

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly strategy?: {
    readonly matrix: {
      readonly os?: readonly string[];
      readonly node?: readonly string[];
      readonly include?: readonly { readonly os: string; readonly platform: string }[];
    };
  };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

function workflow(name: string): Workflow {
  return parseDocument(readFileSync(join(FOLDER, name), "utf8")).toJS();
}

/** Every step with the names of the variables that it is given. */
function stepsOf(name: string): (Step & { readonly names: readonly string[] })[] {
  return Object.values(workflow(name).jobs).flatMap(({ env = {}, steps }) =>
    steps.map((step) => ({ ...step, names: Object.keys({ ...env, ...step.env }) })),
  );
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
}
