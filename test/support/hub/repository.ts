import { createHash } from "node:crypto";
import { bytesContent, type Content, gitOid, pointerOf } from "./content.js";

/** A file of a commit. Large files are in git as pointers to objects. */
export interface Entry {
  readonly content: Content;
  readonly lfs: boolean;
}

export interface Commit {
  readonly oid: string;
  readonly parent: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly files: ReadonlyMap<string, Entry>;
}

/** How a repository starts. */
export interface RepositorySettings {
  readonly private?: boolean;
  /** Only these users may read its files. */
  readonly gatedFor?: readonly string[];
  /** Objects are shared between repositories of one region. */
  readonly region?: string;
  readonly files?: Readonly<Record<string, Content | string | Uint8Array>>;
}

/** A model repository: commits, the names that point at them, and the large objects it owns. */
export class Repository {
  readonly private: boolean;
  readonly gatedFor: readonly string[] | undefined;
  readonly region: string;
  readonly refs = new Map<string, string>();
  readonly commits = new Map<string, Commit>();
  readonly objects = new Map<string, Content>();
  pulls = 0;

  constructor(
    readonly id: string,
    settings: RepositorySettings = {},
  ) {
    this.private = settings.private ?? false;
    this.gatedFor = settings.gatedFor;
    this.region = settings.region ?? "us";
    this.put("main", "initial commit", { ".gitattributes": GIT_ATTRIBUTES });
    if (settings.files !== undefined) this.put("main", "files", settings.files);
  }

  /** The commit that a branch, pull request or full id names. */
  find(revision: string): Commit | undefined {
    return this.commits.get(this.refs.get(nameOf(revision)) ?? revision);
  }

  /** Files of the head of a branch. */
  files(revision = "main"): ReadonlyMap<string, Entry> {
    return this.find(revision)?.files ?? new Map();
  }

  /** The bytes of a small file, as text. */
  text(path: string, revision = "main"): string | undefined {
    const content = this.files(revision).get(path)?.content;
    return content && Buffer.from(content.read(0, content.size)).toString("utf8");
  }

  /** A commit as its owner would make it elsewhere: files added or changed. */
  put(branch: string, title: string, files: Readonly<Record<string, Content | string | Uint8Array>>): Commit {
    const added = Object.entries(files).map(([path, given]) => [path, this.#entry(path, given)] as const);
    const parent = this.find(branch);
    return this.commit({
      branch,
      parent: parent?.oid,
      title,
      files: new Map([...(parent?.files ?? []), ...added]),
    });
  }

  commit(given: Omit<Commit, "oid" | "description"> & { branch: string; description?: string }): Commit {
    const { branch, parent, title, files, description = "" } = given;
    const sorted = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
    const name = `${this.id} ${this.commits.size} ${parent} ${title} ${[...sorted].map(([path, entry]) => path + oidOf(entry))}`;
    const oid = createHash("sha1").update(name).digest("hex");
    const commit = { oid, parent, title, description, files: sorted };
    this.commits.set(oid, commit);
    this.refs.set(nameOf(branch), oid);
    return commit;
  }

  #entry(path: string, given: Content | string | Uint8Array): Entry {
    const content = contentOf(given);
    const lfs = isLarge(path, content.size);
    if (lfs) this.objects.set(content.sha256, content);
    return { content, lfs };
  }
}

/** The id of a file as the tree shows it: that of its bytes, or of its pointer. */
export function oidOf({ content, lfs }: Entry): string {
  return gitOid(lfs ? pointerOf(content) : content.read(0, content.size));
}

/** What the Hub stores beside git: by the patterns of a new repository, and by size. */
export function isLarge(path: string, size: number): boolean {
  return /\.(safetensors|bin|pt|gguf|onnx|h5)$/.test(path) || size > 10 * 1024 * 1024;
}

const GIT_ATTRIBUTES = "*.safetensors filter=lfs diff=lfs merge=lfs -text\n";

function nameOf(revision: string): string {
  return revision.startsWith("refs/") ? revision : `refs/heads/${revision}`;
}

function contentOf(given: Content | string | Uint8Array): Content {
  if (typeof given === "string") return bytesContent(Buffer.from(given));
  return given instanceof Uint8Array ? bytesContent(given) : given;
}
