/** A model as a file: its document, and what other systems score with. */
import type { FileReply } from "@zhiwei/api/route";
import type { Language } from "@zhiwei/core/basics";
import { featureById } from "@zhiwei/core/features";
import { type ModelDocument, gradeSql, pdSql, scoreSql, scorecardPmml, scoringQuery } from "@zhiwei/core/scorecard";
import type { Platform } from "../platform.ts";
import { modelDetails } from "./registry.ts";
import { titleOf } from "./sample.ts";

const unitOf = (feature: string): string | null => featureById(feature)?.unit ?? null;

export type ExportFormat = "json" | "sql" | "pmml" | "pdf";

/** Comments end with their line, whatever a title holds. */
const comment = (text: string) => `-- ${text.replaceAll(/\s+/g, " ")}`;

/** The three expressions, and a whole query over a relation named `features` with a column for each feature. */
const sqlOf = ({ title, name, version, development: { card } }: ModelDocument, sha256: string): string =>
  [
    comment(`${name}@${version} ${title.zh} ${title.en}`),
    comment(`sha256 of the model document 模型文档哈希: ${sha256}`),
    comment("DuckDB, PostgreSQL 15+. 一个表达式给出评分 One expression gives the score:"),
    ...scoreSql(card).split("\n").map(comment),
    comment("违约概率 Probability of default:"),
    comment(pdSql(card, "score")),
    comment("等级 Grade:"),
    comment(gradeSql(card, "score")),
    "",
    `${scoringQuery(card, "features", "enterprise")};`,
    "",
  ].join("\n");

export const exportModel = async (platform: Platform, id: string, format: ExportFormat, language: Language): Promise<FileReply> => {
  const { text, document, summary, events } = await modelDetails(platform.db, id);
  switch (format) {
    case "json":
      // The very bytes that the hash is of.
      return { type: "application/json; charset=utf-8", name: `${id}.json`, content: text };
    case "sql":
      return { type: "application/sql; charset=utf-8", name: `${id}.sql`, content: sqlOf(document, summary.sha256) };
    case "pmml": {
      const about = {
        name: document.name,
        version: String(document.version),
        description: `${document.title.zh} ${document.title.en} (sha256 ${summary.sha256})`,
        product: document.code.product,
      };
      return { type: "application/xml; charset=utf-8", name: `${id}.pmml`, content: scorecardPmml(document.development.card, about) };
    }
    case "pdf": {
      // Read when it is needed: fonts and the writer of PDF take a while to load.
      const { modelCardPdf } = await import("./card-pdf.ts");
      const { state, role, approvedBy, sha256 } = summary;
      const content = await modelCardPdf(document, { state, role, approvedBy, sha256, events }, language, titleOf, unitOf);
      return { type: "application/pdf", name: `${id}.${language}.pdf`, content };
    }
  }
};
