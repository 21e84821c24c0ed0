import { styleText } from "node:util";
import type { Language, Problem, Text } from "@zhiwei/core/basics";

/** The exit status, as DESIGN and docs/api.md promise it to scripts. */
export const EXIT = { done: 0, doneWithFindings: 1, wrongUse: 2, failed: 3 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** ZHIWEI_LANG, else the locale of the shell; Chinese where neither says English. */
export const languageOf = (env: Readonly<Record<string, string | undefined>>): Language => {
  const named = env["ZHIWEI_LANG"] || env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "zh";
  return /^en\b|^en[_-]/i.test(named) ? "en" : "zh";
};

/**
 * Where a command speaks: documents and tables on standard output, everything else on standard error, so that
 * `--json` leaves one document and nothing else on standard output.
 */
export type Output = {
  readonly language: Language;
  readonly json: boolean;
  text(text: Text): string;
  /** A line for the person at the terminal. */
  say(text: Text): void;
  /** A line that the next one replaces, where the terminal can do that; elsewhere one at most every second. */
  progress(text: Text): void;
  problem(problem: Problem): void;
  /** The document with `--json`, else what `human` prints. */
  result(document: unknown, human: () => void): void;
  table(headers: readonly Text[], rows: readonly (readonly string[])[], right?: readonly number[]): void;
  line(text: string): void;
};

/** Columns on a terminal: Chinese, Japanese and Korean characters and full-width forms take two. */
export const widthOf = (text: string): number => {
  let width = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    width +=
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0x20000 && code <= 0x3fffd)
        ? 2
        : 1;
  }
  return width;
};

export const output = (language: Language, json: boolean): Output => {
  let open = false;
  let last = 0;
  const text = (each: Text) => each[language];
  const line = (out: string) => void process.stdout.write(`${out}\n`);
  const say = (each: Text) => {
    process.stderr.write(`${open ? "\r\u001b[K" : ""}${text(each)}\n`);
    open = false;
  };
  return {
    language,
    json,
    text,
    say,
    line,
    progress: (each) => {
      if (process.stderr.isTTY) {
        process.stderr.write(`\r\u001b[K${text(each)}`);
        open = true;
      } else if (Date.now() - last >= 1000) {
        last = Date.now();
        say(each);
      }
    },
    problem: ({ text: what, remedy }) => say({ zh: `${what.zh}${remedy.zh}`, en: `${what.en} ${remedy.en}` }),
    result: (document, human) => {
      if (open) process.stderr.write("\r\u001b[K");
      open = false;
      if (json) line(JSON.stringify(document));
      else human();
    },
    table: (headers, rows, right = []) => {
      const cells = [headers.map(text), ...rows];
      const widths = headers.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
      for (const [index, row] of cells.entries()) {
        const shown = widths
          .map((width, column) => {
            const cell = row[column] ?? "";
            const gap = " ".repeat(width - widthOf(cell));
            return right.includes(column) ? gap + cell : cell + gap;
          })
          .join("  ")
          .trimEnd();
        line(index === 0 && process.stdout.isTTY ? styleText("bold", shown) : shown);
      }
    },
  };
};
