import { basename } from "node:path";
import { RECORD_KINDS, type RecordKind } from "@zhiwei/core/records";
import type { ImportOutcome } from "../records/index.ts";
import { type Command, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT } from "./output.ts";

const kindOption = (text: string | undefined): RecordKind | undefined => {
  if (text === undefined) return undefined;
  const kind = RECORD_KINDS.find((each) => each === text);
  if (kind) return kind;
  throw new UsageError(`--kind 应为 ${RECORD_KINDS.join("、")} 之一。`, `--kind must be one of ${RECORD_KINDS.join(", ")}.`);
};

export const importFiles: Command = {
  usage: "import FILE… [--kind KIND] [--enterprise ID]",
  summary: { zh: "导入发票、银行流水或企业名录", en: "import invoices, bank transactions or enterprises" },
  options: {
    kind: {
      type: "string",
      value: "KIND",
      help: {
        zh: `记录种类：${RECORD_KINDS.join("、")}；缺省按表头判断`,
        en: `kind of record: ${RECORD_KINDS.join(", ")}; found from the headers otherwise`,
      },
    },
    enterprise: {
      type: "string",
      value: "ID",
      help: { zh: "文件未写明时，这是哪家企业的记录", en: "whose records these are, where the file does not say" },
    },
  },
  run: async (input) => {
    const { out, words } = input;
    if (words.length === 0) throw new UsageError("请给出要导入的文件。", "Name the files to import.");
    const kind = kindOption(textOption(input, "kind"));
    const enterprise = textOption(input, "enterprise");
    const { importFile, IMPORT_PHASES } = await import("../records/index.ts");
    const { today } = await import("../system/as-of.ts");
    const { markStale, refresh, unmark } = await import("../system/refresh.ts");
    let refused = 0;
    const outcomes = await withPlatform(input.config, async (platform) => {
      const done: ImportOutcome[] = [];
      const mark = await markStale(platform);
      for (const path of words) {
        const name = basename(path);
        const result = await importFile(platform, {
          path,
          fileName: name,
          ...(kind ? { kind } : {}),
          ...(enterprise === undefined ? {} : { enterprise }),
          today: today(),
          onProgress: ({ phase, rowsRead, bytesRead, bytesTotal }) => {
            const share = bytesTotal > 0 ? `${Math.floor((bytesRead / bytesTotal) * 100)}%` : "";
            out.progress({
              zh: `${name}：${IMPORT_PHASES[phase].zh} ${share}，${rowsRead} 行`,
              en: `${name}: ${IMPORT_PHASES[phase].en} ${share}, ${rowsRead} rows`,
            });
          },
        });
        if (result.ok) {
          done.push(result.value);
          const { accepted, quarantined, duplicates } = result.value;
          out.say({
            zh: `${name}：接收 ${accepted} 行，隔离 ${quarantined} 行，重复 ${duplicates} 行`,
            en: `${name}: ${accepted} rows accepted, ${quarantined} quarantined, ${duplicates} duplicates`,
          });
        } else {
          refused++;
          const { text, remedy, code } = result.error;
          out.problem({ code, text: { zh: `${name}：${text.zh}`, en: `${name}: ${text.en}` }, remedy });
        }
      }
      if (done.some((outcome) => outcome.accepted > 0)) await refresh(platform, mark, ({ phase }) => out.progress(phase));
      else await unmark(platform, mark);
      return done;
    });
    const sum = (of: (outcome: ImportOutcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
    const quarantined = sum((outcome) => outcome.quarantined);
    if (outcomes.length > 0) {
      const document = {
        accepted: sum((outcome) => outcome.accepted),
        quarantined,
        duplicates: sum((outcome) => outcome.duplicates),
        batches: outcomes.flatMap((outcome) => outcome.batches.map(({ id, file, rows, sha256 }) => ({ id, file, rows, sha256 }))),
      };
      out.result(document, () =>
        out.table(
          [
            { zh: "批次", en: "Batch" },
            { zh: "文件", en: "File" },
            { zh: "行", en: "Rows" },
            { zh: "哈希", en: "Hash" },
          ],
          document.batches.map((batch) => [batch.id, batch.file, String(batch.rows), batch.sha256 ?? "–"]),
          [2],
        ),
      );
    }
    if (quarantined > 0)
      out.say({
        zh: `有 ${quarantined} 行在隔离区等待处理：控制台 › 隔离区。`,
        en: `${quarantined} rows wait in quarantine: console › Quarantine.`,
      });
    return refused > 0 ? EXIT.failed : quarantined > 0 ? EXIT.doneWithFindings : EXIT.done;
  },
};
