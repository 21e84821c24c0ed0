/**
 * What the log may keep of an error: class, code, where it happened, and its message without what it quotes. Quoted
 * texts and long numbers in messages of databases are people's data; addresses of databases hold passwords.
 */
export const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const code = (error as { code?: unknown }).code;
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
  const cause = error.cause === undefined ? "" : `; cause: ${describeError(error.cause)}`;
  return `${error.name}${typeof code === "string" ? ` ${code}` : ""}: ${mask(error.message)} ${frames.join(" < ")}${cause}`;
};

const mask = (message: string): string =>
  message
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, "…")
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, "…")
    .replace(/\d{5,}/g, "…")
    .slice(0, 500);

/** One line on standard error. */
export const log = (line: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
};
