/**
 * `node build.ts [FOLDER]`: compiles the scoring room of core, and what it imports, into `dist/` of this package, with its
 * licence beside it. With a folder, a whole package ready to be packed is laid down there and nothing is written here.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const here = import.meta.dirname;
const root = resolve(here, "../..");

/** Compiles into `folder`, taking away what an earlier build left there. Throws with the compiler's words where it refuses. */
export const build = (folder: string): void => {
  const dist = join(folder, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", here, "--outDir", dist], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Error(`the scoring room does not compile:\n${(error as { stdout?: string }).stdout ?? ""}`, { cause: error });
  }
  // The compiler rewrites imports of .ts in JavaScript, but not in declarations.
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(dist, name);
    writeFileSync(
      path,
      readFileSync(path, "utf8").replaceAll(/((?:from|import\() ?"\.{1,2}\/[^"]*)\.ts"/g, (_, start: string) => `${start}.js"`),
    );
  }
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  if (resolve(folder) !== here) for (const name of ["package.json", "README.md"]) copyFileSync(join(here, name), join(folder, name));
};

if (import.meta.main) build(resolve(process.argv[2] ?? here));
