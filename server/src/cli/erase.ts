import { type Command, UsageError, withPlatform } from "./command.ts";
import { EXIT } from "./output.ts";

export const erase: Command = {
  usage: "erase ID",
  summary: {
    zh: "应企业请求，删除存证记录中关于它的内容与已存画像；日志条目保留，不再说明任何内容",
    en: "on an enterprise's request, erase what evidence records and kept profiles say of it; the log's entries stay, and say nothing",
  },
  options: {},
  run: async ({ config, out, words }) => {
    const [id] = words;
    if (id === undefined || words.length > 1) throw new UsageError("请给出一个企业编号。", "Name one enterprise.");
    const found = await withPlatform(config, async ({ db }) => {
      const { eraseRecords } = await import("../evidence/records.ts");
      const records = await eraseRecords(db, id, new Date());
      const profiles = await db.deleteFrom("profile").where("enterprise_id", "=", id).executeTakeFirst();
      return { enterprise: id, records, profiles: Number(profiles.numDeletedRows) };
    });
    out.result(found, () =>
      out.line(
        out.text({
          zh: `已删除 ${found.records} 条存证记录的内容与 ${found.profiles} 份已存画像。导入的原始记录未动。`,
          en: `The content of ${found.records} records of evidence and ${found.profiles} kept profiles were erased. Imported records are as they were.`,
        }),
      ),
    );
    return EXIT.done;
  },
};
