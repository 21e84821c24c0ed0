import type { Text } from "@zhiwei/core/basics";
import type { Config } from "../config.ts";
import type { Platform } from "../platform.ts";
import type { Exit, Output } from "./output.ts";

export type Option = { readonly type: "string" | "boolean"; readonly value?: string; readonly help: Text };

export type CommandInput = {
  readonly config: Config;
  readonly out: Output;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
};

/** One command of the command line: what the help says of it, its options, and what it does. */
export type Command = {
  readonly usage: string;
  readonly summary: Text;
  readonly options: Readonly<Record<string, Option>>;
  readonly run: (input: CommandInput) => Promise<Exit>;
};

/** Wrong use of the command line: answered with the way to the help and exit status 2. */
export class UsageError extends Error {
  readonly text: Text;
  constructor(zh: string, en: string) {
    super(en);
    this.text = { zh, en };
  }
}

/** Opens the platform (or joins the one that a running server has open) for one piece of work. */
export const withPlatform = async <T>(config: Config, work: (platform: Platform) => Promise<T>): Promise<T> => {
  // Read when it is needed, so that help and refusals do not wait for the drivers of two databases.
  const { openPlatform } = await import("../platform.ts");
  const platform = await openPlatform(config);
  try {
    return await work(platform);
  } finally {
    await platform.close();
  }
};

export const textOption = (input: CommandInput, name: string): string | undefined => {
  const value = input.options[name];
  return typeof value === "string" ? value : undefined;
};
