import { Faults, type Operation } from "./faults.js";
import { Repository, type RepositorySettings } from "./repository.js";

/** Whose token it is, and what it may do. */
export interface User {
  readonly name: string;
  readonly role: "read" | "write";
  readonly organisations: readonly string[];
}

/** One request, as it was and as it ended. Holds no token: only whether one came along, and whose it was. */
export interface LoggedRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorized: boolean;
  readonly user: string | undefined;
  readonly trouble: string | undefined;
  status: number;
  bytesIn: number;
  bytesOut: number;
}

/** How a hub behaves. */
export interface HubSettings {
  /** Users by token. Real clients insist on tokens that begin with `hf_`. */
  readonly users?: Readonly<Record<string, User>>;
  /** A path in front of everything, as a proxy has it. */
  readonly prefix?: string;
  /** Entries of a tree in one page. */
  readonly pageSize?: number;
  /** Objects larger than this are uploaded in parts of this size. */
  readonly partSize?: number;
}

/** Everything a hub holds; handlers read and change it. */
export class HubState {
  readonly repositories = new Map<string, Repository>();
  readonly users: ReadonlyMap<string, User>;
  readonly prefix: string;
  readonly pageSize: number;
  readonly partSize: number;
  readonly log: LoggedRequest[] = [];
  readonly faults = new Faults();
  /** Parts of objects on their way in, by upload. */
  readonly parts = new Map<string, Map<number, Buffer>>();
  /** Milliseconds before every answer. */
  latency = 0;
  /** Without the prefix; known once it listens. */
  origin = "";
  objectOrigin = "";

  constructor(settings: HubSettings) {
    this.users = new Map(Object.entries(settings.users ?? USERS));
    this.prefix = settings.prefix ?? "";
    this.pageSize = settings.pageSize ?? 1000;
    this.partSize = settings.partSize ?? Number.POSITIVE_INFINITY;
  }

  /** A repository that is there before anything begins. */
  add(id: string, settings: RepositorySettings = {}): Repository {
    const repository = new Repository(id, settings);
    this.repositories.set(id, repository);
    return repository;
  }
}

/** Tokens of the users that every hub knows unless told otherwise. */
export const TOKENS = { writer: "hf_writer", reader: "hf_reader", stranger: "hf_stranger" } as const;

const USERS: Readonly<Record<string, User>> = {
  [TOKENS.writer]: { name: "writer", role: "write", organisations: ["org"] },
  [TOKENS.reader]: { name: "reader", role: "read", organisations: ["org"] },
  [TOKENS.stranger]: { name: "stranger", role: "write", organisations: [] },
};
