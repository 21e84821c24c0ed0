/** What each part of the scoring benchmark is given, and where it writes what it measured. */
export type Context = {
  /** Folder of the public tables. */
  readonly data: string;
  /** A run under a minute: fewer repeats, smaller tables. */
  readonly quick: boolean;
  /** Scratch folder, removed at the end. */
  readonly folder: string;
  /** Runs a Python script of the peer on the scratch folder, whose standard output is JSON; null where there is no peer. */
  readonly runPeer: ((code: string) => Record<string, unknown>) | null;
  readonly figures: Record<string, unknown>;
  readonly ratios: Record<string, number>;
  /** Progress, on standard error. */
  readonly say: (line: string) => void;
};
