/** A model as a file: its document, and what other systems score with. */
import type { FileReply } from "@zhiwei/api/route";
import type { Language } from "@zhiwei/core/basics";
import type { Platform } from "../platform.ts";
import { modelDetails } from "./registry.ts";

export type ExportFormat = "json" | "sql" | "pmml" | "pdf";

export const exportModel = async (platform: Platform, id: string, format: ExportFormat, language: Language): Promise<FileReply> => {
  const { text } = await modelDetails(platform.db, id);
  void format;
  void language;
  // The very bytes that the hash is of.
  return { type: "application/json; charset=utf-8", name: `${id}.json`, content: text };
};
