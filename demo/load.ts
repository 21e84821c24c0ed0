import { join } from "node:path";
import type { IsoDate, Text } from "@zhiwei/core/basics";
import { type ImportContext, importFile } from "../server/src/records/index.ts";

/** Said wherever the demonstration region is shown. */
export const DEMONSTRATION: Text = {
  zh: "示范数据：2020 年全国大学生数学建模竞赛 C 题公开的真实脱敏企业数据",
  en: "Demonstration data: real, anonymised enterprises published for problem C of the 2020 China Undergraduate Mathematical Contest in Modeling",
};

/** The files of the region in the order in which they are loaded, with the day after which none of them has a row. */
export const DEMO_FILES = [
  { file: "with-credit-record.enterprises.csv", kind: "enterprises" },
  { file: "without-credit-record.enterprises.csv", kind: "enterprises" },
  { file: "with-credit-record.sales.parquet", kind: "sales-invoices" },
  { file: "with-credit-record.purchase.parquet", kind: "purchase-invoices" },
  { file: "without-credit-record.sales.parquet", kind: "sales-invoices" },
  { file: "without-credit-record.purchase.parquet", kind: "purchase-invoices" },
] as const;

/** The records were published in 2020: loading them does not depend on the clock. */
export const DEMO_DAY = "2020-12-31" as IsoDate;

export const demoFolder = import.meta.dirname;

export type DemoProgress = { readonly phase: Text; readonly done: number; readonly total: number };

/** Loads the region through the same import as any other file. What is already there is left as it is. */
export const loadDemo = async (context: ImportContext, onProgress: (progress: DemoProgress) => void = () => {}): Promise<void> => {
  for (const [done, { file, kind }] of DEMO_FILES.entries()) {
    onProgress({ phase: { zh: `正在导入示范数据 ${file}`, en: `Importing demonstration data ${file}` }, done, total: DEMO_FILES.length });
    const imported = await importFile(context, { path: join(demoFolder, file), fileName: file, kind, today: DEMO_DAY });
    if (!imported.ok) throw new Error(`${file}: ${imported.error.text.en}`);
  }
  onProgress({ phase: { zh: "示范数据已导入", en: "Demonstration data imported" }, done: DEMO_FILES.length, total: DEMO_FILES.length });
};
