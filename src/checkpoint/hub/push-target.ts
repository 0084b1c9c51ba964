/** A repository of the Hub that is to be written, and how. */
export interface HubTarget {
  /** `org/name`. */
  readonly repository: string;
  /** A branch, or `refs/pr/N` to go on with a pull request. */
  readonly branch: string;
  /** Makes the repository, and the branch, where there is none. */
  readonly create: boolean;
  /** A repository that is made is private. */
  readonly private: boolean;
  /** Opens a pull request instead of changing the branch. */
  readonly pullRequest: boolean;
  /** Title of the commit. */
  readonly message: string;
  /** Whether large files of other repositories may be copied by the Hub itself, without passing through here. */
  readonly serverCopy: "auto" | "never";
  /** Looks, and changes nothing. */
  readonly dryRun: boolean;
}

/** How a file gets into the commit, cheapest first; "same" is already there, "delete" leaves. */
export type Way = "same" | "refer" | "copy" | "send" | "delete";

/** One file of the result, and what became of it. */
export interface PushedFile {
  readonly path: string;
  readonly bytes: number;
  readonly way: Way;
}

/** Requests of one kind that change the Hub, and the bytes of files that they carry. */
export interface RequestFacts {
  readonly what: string;
  readonly count: number;
  readonly bytes: number;
}

/** What a push did, or under a dry run would do. */
export interface PushFacts {
  readonly repository: string;
  readonly branch: string;
  /** Web address of the result: the pull request, else the branch. */
  readonly url: string;
  /** True where the repository was, or would be, made. */
  readonly created: boolean;
  /** Who may see a repository that was, or would be, made; null for one that was there. */
  readonly visibility: "public" | "private" | null;
  /** The commit made; null under a dry run, and where nothing differed. */
  readonly commit: string | null;
  readonly pullRequest: string | null;
  readonly files: readonly PushedFile[];
  /** At most these; an object that the Hub turns out to have is not sent. */
  readonly requests: readonly RequestFacts[];
}
