import { type Problem, problem } from "@zhiwei/core/basics";

/** A file, or a request about records, that is refused; nothing of it has been taken in. */
export class ImportRefusal extends Error {
  readonly problem: Problem;
  constructor(found: Problem, options?: ErrorOptions) {
    super(found.text.en, options);
    this.problem = found;
  }
}

export const refuse = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string, cause?: unknown): ImportRefusal =>
  new ImportRefusal(problem(code, zh, en, remedyZh, remedyEn), { cause });

export const emptyFile = () =>
  refuse(
    "file-empty",
    "文件中没有数据行。",
    "The file holds no rows.",
    "请确认导出成功，再重新上传。",
    "See that the export worked, then upload again.",
  );

export const binaryFile = (what: { zh: string; en: string }) =>
  refuse(
    "format-unknown",
    `文件内容是${what.zh}，不是可导入的格式。`,
    `The file's content is ${what.en}, not a format that can be imported.`,
    "请提供 CSV（可用 gzip 压缩）、XLSX、数电票 XML、camt.053 XML 或 Parquet；文件按内容识别，改扩展名无效。",
    "Give CSV (also gzip), XLSX, e-invoice XML, camt.053 XML or Parquet; files are known by content, not by name.",
  );

export const truncated = (cause: unknown) =>
  refuse(
    "archive-damaged",
    "压缩文件不完整或已损坏。",
    "The compressed file is cut off or damaged.",
    "请重新传输或重新压缩后再导入。",
    "Transfer or compress it again.",
    cause,
  );

export const bomb = (what: string) =>
  refuse(
    "archive-too-large",
    `压缩文件展开后超出限制（${what}）。`,
    `The compressed file expands beyond the limits (${what}).`,
    "请拆成较小的文件，或改用 CSV。",
    "Split it into smaller files, or use CSV.",
  );

export const wrongEncoding = (line: number) =>
  refuse(
    "encoding-broken",
    `第 ${line} 行附近有既不是 UTF-8 也不是 GB 18030 的字节。`,
    `Near line ${line} there are bytes that are neither UTF-8 nor GB 18030.`,
    "请在导出时选择 UTF-8 编码；若文件曾被截断或拼接，请重新导出。",
    "Choose UTF-8 when exporting; if the file was cut or joined, export it again.",
  );
