/** The package as its users get it: built, packed by npm, unpacked into a folder of its own, and run from its README. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binningDefaults } from "../../core/src/scorecard/index.ts";
import { trainDefaults } from "../../core/src/scorecard/train.ts";
import { build } from "./build.ts";

const here = import.meta.dirname;
const root = resolve(here, "../..");
const readme = readFileSync(join(here, "README.md"), "utf8");

let folder: string;
/** Root of the unpacked package, and a program's folder from which it is found by its name. */
let unpacked: string;
let program: string;
let packedSize: number;

const run = (command: string, args: readonly string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zhiwei-scorecard-"));
  const laid = join(folder, "laid");
  build(laid);
  const [packed] = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--offline", "--json", "--pack-destination", folder], laid)) as {
    filename: string;
  }[];
  const tarball = join(folder, packed!.filename);
  packedSize = statSync(tarball).size;
  program = join(folder, "program");
  const scope = join(program, "node_modules/@zhiwei");
  mkdirSync(scope, { recursive: true });
  run("tar", ["-xzf", tarball, "-C", folder], folder);
  unpacked = join(scope, "scorecard");
  cpSync(join(folder, "package"), unpacked, { recursive: true });
  writeFileSync(join(program, "package.json"), JSON.stringify({ type: "module" }));
}, 120_000);

afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const filesOf = () =>
  readdirSync(unpacked, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(unpacked, name)).isFile());

const block = (language: string) => {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)?.[1];
  if (found === undefined) throw new Error(`the README has no ${language} block`);
  return found;
};

describe("what is packed", () => {
  test("JavaScript, declarations, licence and README, and nothing else", () => {
    const files = filesOf();
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json", "dist/scorecard/index.js"]));
    const others = files.filter(
      (name) => !/^(LICENSE|README\.md|package\.json|dist\/(scorecard|basics)\/[a-z-]+(\.d\.ts|\.js))$/.test(name),
    );
    expect(others).toEqual([]);
    const scripts = files.filter((name) => name.endsWith(".js"));
    expect(files.filter((name) => name.endsWith(".d.ts"))).toHaveLength(scripts.length);
    expect(packedSize).toBeGreaterThan(40_000);
    expect(packedSize).toBeLessThan(200_000);
  });

  test("asks for no other package and imports none", () => {
    const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as Record<string, unknown>;
    for (const key of ["dependencies", "peerDependencies", "optionalDependencies"]) expect(manifest).not.toHaveProperty(key);
    for (const name of filesOf().filter((each) => /^dist\/.*\.(js|d\.ts)$/.test(each))) {
      const text = readFileSync(join(unpacked, name), "utf8");
      for (const [, from] of text.matchAll(/(?:^(?:import|export)[^"']*?from |^import |import\()["']([^"']+)["']/gm)) {
        expect(from, name).toMatch(/^\.{1,2}\/[a-z/-]+\.js$/);
        expect(existsSync(join(unpacked, dirname(name), from!)), `${name}: ${from}`).toBe(true);
      }
    }
  });
});

describe("what the README says", () => {
  test("the example runs and prints what stands below it", () => {
    writeFileSync(join(program, "example.mjs"), block("js"));
    expect(run(process.execPath, ["example.mjs"], program)).toBe(block("text"));
    expect(readFileSync(join(program, "card.sql"), "utf8")).toMatch(/^SELECT enterprise, score, [^]*FROM enterprises\) AS scored$/);
    expect(readFileSync(join(program, "card.pmml"), "utf8")).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<PMML [^]*<\/PMML>\n$/);
  });

  test("declarations serve a strict TypeScript program without the sources", () => {
    writeFileSync(
      join(program, "typed.ts"),
      `import { type ExpertPrior, type FeatureData, type Scorecard, numerical, scorecardFromJson, trainScorecard, seeded } from "@zhiwei/scorecard";
const features: FeatureData[] = [numerical("x", [1, 2, null])];
const prior: ExpertPrior = { feature: "x", setBy: "a", setOn: "2026-01-31" as ExpertPrior["setOn"], reason: "r" };
const trained = trainScorecard(features, [0, 1, 0], { priors: [prior] }, seeded(1));
export const card: Scorecard | string = trained.ok ? trained.value.card : trained.error.text.zh;
export const back = scorecardFromJson("{}");
// @ts-expect-error -- an outcome is a number
trainScorecard(features, ["no"], {}, seeded(1));
`,
    );
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const options = "--noEmit --strict --target es2022 --lib es2023 --module nodenext --types".split(" ");
    try {
      run(process.execPath, [tsc, ...options, "", "typed.ts"], program);
    } catch (error) {
      expect.fail((error as { stdout: string }).stdout);
    }
  });

  test("options and their defaults are the program's, in both languages", () => {
    const tables = [...readme.matchAll(/^\| (?:option|选项) \|[^]*?\n\n/gm)].map(([table]) =>
      [...table.matchAll(/^\| `(\w+)` \| (.+?) \|/gm)].map(([, name, value]) => [name!, value!.replaceAll("`", "")] as const),
    );
    const written = (defaults: object) =>
      Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, JSON.stringify(value)] as const));
    expect(tables).toHaveLength(4);
    for (const [at, ten] of [
      [0, "ten"],
      [2, "十级"],
    ] as const) {
      expect(trainDefaults.grades).toHaveLength(10);
      expect(Object.fromEntries(tables[at]!)).toEqual({ ...written(trainDefaults), grades: ten });
      expect(Object.fromEntries(tables[at + 1]!)).toEqual(written(binningDefaults));
    }
  });

  test("problem codes are those of the program, in both languages", () => {
    const sources = join(root, "core/src/scorecard");
    const codes = new Set(
      readdirSync(sources)
        .filter((name) => !name.endsWith(".test.ts"))
        .flatMap((name) => [...readFileSync(join(sources, name), "utf8").matchAll(/\bproblem\(\s*"([a-z-]+)"/g)].map(([, code]) => code!)),
    );
    for (const head of ["| code | from", "| 代码 | 出自"]) {
      const table = readme.slice(readme.indexOf(head)).split(/\n(?!\|)/)[0]!;
      expect(new Set([...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code!))).toEqual(codes);
    }
  });

  test("figures beside peers stand in docs/scorecard.md, whose benchmark they come from", () => {
    const section = readme.slice(readme.indexOf("## Figures beside peers"), readme.indexOf("## Degenerate answers"));
    const source = readFileSync(join(root, "docs/scorecard.md"), "utf8");
    const figures = section.match(/\d+\.\d{2,}|\d,\d{3}/g) ?? [];
    expect(figures.length).toBeGreaterThan(12);
    expect(figures.filter((figure) => !source.includes(figure))).toEqual([]);
  });
});
