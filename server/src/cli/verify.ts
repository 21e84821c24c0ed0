import { readFile } from "node:fs/promises";
import { type IsoDate, type Json, type Text, canonicalJson } from "@zhiwei/core/basics";
import { type BundledProfile, type Check, parseBundle, verifyBundle } from "@zhiwei/core/evidence";
import { parsePolicy } from "@zhiwei/core/tlog";
import type { Platform } from "../platform.ts";
import { type Command, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT } from "./output.ts";
import { sha256Hex } from "../system/hash.ts";

const readText = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((error: Error) => {
    throw new UsageError(`无法读取 ${path}：${error.message}。`, `${path} cannot be read: ${error.message}.`);
  });

const failed = (name: string, zh: string, en: string): Check => ({ name, ok: false, detail: { zh, en } });
const good = (name: string, zh: string, en: string): Check => ({ name, ok: true, detail: { zh, en } });

const FILE_FAULTS: Readonly<Record<string, Text>> = {
  "file-missing": { zh: "数据湖中没有这个批次的文件", en: "the lake has no file of this batch" },
  "file-changed": { zh: "批次文件的字节被改动过", en: "bytes of the batch's file were changed" },
  "rows-changed": { zh: "批次中的行与存证的默克尔根不符", en: "the rows of the batch do not lead to the Merkle root that was logged" },
};

/** Whether a document reads like a profile: the fields that verification looks at. */
const isProfile = (value: unknown): value is BundledProfile => {
  const { enterprise, asOf, used } = (value ?? {}) as Partial<BundledProfile>;
  return typeof enterprise?.id === "string" && typeof asOf === "string" && Array.isArray(used?.batches);
};

/** The bundle of a profile that stands alone, from this platform's own log; or what says why there is none. */
const bundleFor = async (platform: Platform, profile: BundledProfile): Promise<string | Check> => {
  const { openEvidence } = await import("../evidence/publish.ts");
  const { bundleOf } = await import("../evidence/bundle.ts");
  const { recordAbout } = await import("../evidence/records.ts");
  const canonical = canonicalJson(profile as unknown as Json);
  const sha256 = sha256Hex(canonical);
  if (!(await recordAbout(platform.db, "profile", sha256)))
    return failed(
      "profile-hash",
      `画像的 SHA-256 为 ${sha256}，本平台的日志中没有这样一份画像：它被改动过，或不是在这里计算的`,
      `The profile's SHA-256 is ${sha256}, and no such profile stands in this platform's log: it was changed, or computed elsewhere`,
    );
  return bundleOf(platform.db, await openEvidence(platform), { canonical, sha256 }, new Date());
};

/** The records at hand against what was logged of them, and the profile computed from them anew. */
const recompute = async (platform: Platform, text: string): Promise<Check[]> => {
  const { batchFault, firstDifference, recomputeProfile } = await import("../evidence/recompute.ts");
  const bundle = parseBundle(text);
  if (!bundle) return [];
  const checks: Check[] = [];
  for (const { record } of bundle.statements.batches) {
    const { batch: id, sha256, rowsRoot, rowsSalt } = record.content;
    const batch = typeof id === "string" ? id : "";
    const name = `records ${batch}`;
    const row = await platform.db.selectFrom("import_batch").select("parquet_path").where("id", "=", batch).executeTakeFirst();
    const fault = await batchFault(platform, row?.parquet_path ?? null, { sha256, rowsRoot, rowsSalt });
    checks.push(
      fault
        ? { name, ok: false, detail: FILE_FAULTS[fault]! }
        : good(name, `批次 ${batch} 的文件与每一行都是存证时的样子`, `File and rows of batch ${batch} are those that were logged`),
    );
  }
  if (checks.some((check) => !check.ok))
    return [
      ...checks,
      failed(
        "recompute",
        "手中的记录不是存证的记录，无法重算",
        "The records at hand are not those that were logged, so nothing is computed from them",
      ),
    ];
  const { enterprise, asOf } = bundle.profile;
  const again = await recomputeProfile(platform, enterprise.id, asOf as IsoDate);
  if (!again.ok) return [...checks, { name: "recompute", ok: false, detail: again.error.text }];
  const differs = firstDifference(again.value.profile, bundle.profile);
  checks.push(
    differs === null && again.value.canonical === canonicalJson(bundle.profile as unknown as Json)
      ? good(
          "recompute",
          "由手中的记录重新计算，画像逐字节相同",
          "Computed anew from the records at hand, the profile is the same to the bit",
        )
      : failed(
          "recompute",
          `由手中的记录重新计算，画像不同，首处在 ${differs ?? "/"}`,
          `Computed anew from the records at hand, the profile differs, first at ${differs ?? "/"}`,
        ),
  );
  return checks;
};

export const verify: Command = {
  usage: "verify FILE [--recompute] [--policy FILE] [--known FILE]",
  summary: {
    zh: "核验画像或存证包：签名、在日志中、历史一致；可用手中的记录重算",
    en: "verify a profile or its bundle: signatures, inclusion, consistency; recompute it from the records at hand",
  },
  options: {
    recompute: {
      type: "boolean",
      help: { zh: "用本平台的记录重新计算画像，逐字节比较", en: "compute the profile anew from this platform's records" },
    },
    policy: {
      type: "string",
      value: "FILE",
      help: { zh: "您信任的日志与见证人（C2SP tlog-policy）", en: "logs and witnesses that you trust (C2SP tlog-policy)" },
    },
    known: { type: "string", value: "FILE", help: { zh: "您先前得到的检查点", en: "a checkpoint that you were given before" } },
  },
  run: async (input) => {
    const { config, out, words, options } = input;
    const [path] = words;
    if (path === undefined || words.length > 1) throw new UsageError("请给出一个文件。", "Name one file.");
    let text = await readText(path);
    const policyPath = textOption(input, "policy");
    const knownPath = textOption(input, "known");
    const { hashes, sha256, verify } = await import("../evidence/keys.ts");
    const policy = policyPath === undefined ? null : parsePolicy(sha256, await readText(policyPath));
    if (policy && !policy.ok)
      throw new UsageError(
        `${policyPath} 第 ${policy.error.line} 行有误（${policy.error.code}）。`,
        `Line ${policy.error.line} of ${policyPath} is wrong (${policy.error.code}).`,
      );
    const trust = {
      ...(policy ? { policy: policy.value } : {}),
      ...(knownPath === undefined ? {} : { known: await readText(knownPath) }),
    };
    const checks: Check[] = [];
    const bare = parseBundle(text) ? null : profileIn(text);
    if (bare) {
      const found = await withPlatform(config, (platform) => bundleFor(platform, bare));
      if (typeof found === "string") text = found;
      else checks.push(found);
    }
    if (checks.length === 0) checks.push(...verifyBundle(text, { hashes, verify }, trust));
    if (options["recompute"] === true && checks.every((check) => check.ok))
      checks.push(...(await withPlatform(config, (platform) => recompute(platform, text))));
    const valid = checks.every((check) => check.ok);
    out.result({ valid, checks }, () => {
      for (const check of checks) out.line(`${check.ok ? "✓" : "✗"} ${check.name}: ${out.text(check.detail)}`);
      out.line(out.text(valid ? { zh: "核验通过。", en: "It holds." } : { zh: "核验未通过。", en: "It does not hold." }));
    });
    return valid ? EXIT.done : EXIT.doneWithFindings;
  },
};

const profileIn = (text: string): BundledProfile | null => {
  try {
    const value = JSON.parse(text) as unknown;
    return isProfile(value) ? value : null;
  } catch {
    return null;
  }
};

export const fsck: Command = {
  usage: "fsck",
  summary: { zh: "检查整个存证日志与其所存证的内容", en: "check the whole evidence log and what it stands for" },
  options: {},
  run: async ({ config, out }) => {
    const found = await withPlatform(config, async (platform) => {
      const { openEvidence } = await import("../evidence/publish.ts");
      const { checkLog } = await import("../evidence/fsck.ts");
      const { checkStore } = await import("../evidence/check-store.ts");
      const evidence = await openEvidence(platform);
      const tree = await checkLog(platform.db, evidence.signers, (done, size) =>
        out.say({ zh: `已检查 ${done} / ${size} 条`, en: `${done} of ${size} entries checked` }),
      );
      const store = await checkStore(platform, evidence);
      const { checkReads } = await import("../consent/index.ts");
      const reads = (await checkReads(platform.db)).faults.map(({ fault, id, last }) => ({
        code: `read-${fault}`,
        where: id === null ? `≤ ${last}` : String(id),
      }));
      return {
        ok: tree.faults.length + store.faults.length + reads.length === 0,
        size: tree.size,
        checkpoints: tree.checkpoints,
        records: store.records,
        erased: store.erased,
        faults: [...tree.faults, ...store.faults, ...reads],
      };
    });
    out.result(found, () => {
      out.line(
        out.text({
          zh: `${found.size} 条存证，${found.checkpoints} 个检查点，${found.records} 条记录（另有 ${found.erased} 条已应请求删除）`,
          en: `${found.size} entries, ${found.checkpoints} checkpoints, ${found.records} records (and ${found.erased} erased on request)`,
        }),
      );
      for (const { code, where } of found.faults) out.line(`✗ ${code} ${where}`);
      if (found.ok) out.line(out.text({ zh: "完好。", en: "Sound." }));
    });
    return found.ok ? EXIT.done : EXIT.doneWithFindings;
  },
};
