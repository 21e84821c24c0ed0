/** What the tests of this room share: a platform of their own, and files made by hand. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import type { IsoDate } from "@zhiwei/core/basics";
import { freshDatabase } from "../../../test/database.ts";
import { type Db, openDb } from "../db/index.ts";
import { type Lake, openLake, rows } from "../lake/index.ts";
import { bankRelation, invoiceRelation } from "../lake/relation.ts";
import { type ImportOutcome, type ImportRequest, importFile } from "./index.ts";

export const TODAY = "2024-06-30" as IsoDate;

export type Room = {
  readonly db: Db;
  readonly lake: Lake;
  readonly folder: string;
  file(name: string, content: string | Uint8Array): Promise<string>;
  import(request: Partial<ImportRequest> & { path: string }): Promise<ImportOutcome>;
  /** The code of the problem for which a file is refused. */
  refusal(request: Partial<ImportRequest> & { path: string }): Promise<string>;
  invoices(columns: string): Promise<Record<string, unknown>[]>;
  bank(columns: string): Promise<Record<string, unknown>[]>;
  reasons(): Promise<{ line: number; codes: string[] }[]>;
  /** Everything that an import could leave behind. */
  traces(): Promise<{ files: string[]; batches: number; quarantined: number; enterprises: number }>;
} & AsyncDisposable;

export const openRoom = async (): Promise<Room> => {
  const database = await freshDatabase();
  const db = await openDb(database.url, 4);
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-records-"));
  const lake = await openLake({ folder: join(folder, "lake"), memory: "1GB", threads: 2 });
  const count = async (table: "import_batch" | "quarantine_row" | "enterprise") =>
    (await db.selectFrom(table).select(db.fn.countAll<number>().as("n")).executeTakeFirstOrThrow()).n;
  return {
    db,
    lake,
    folder,
    file: async (name, content) => {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    import: async (request) => {
      const result = await importFile({ db, lake }, { today: TODAY, ...request });
      if (!result.ok) throw new Error(`${result.error.code}: ${result.error.text.en}`);
      return result.value;
    },
    refusal: async (request) => {
      const result = await importFile({ db, lake }, { today: TODAY, ...request });
      if (result.ok) throw new Error(`not refused: ${JSON.stringify(result.value)}`);
      return result.error.code;
    },
    invoices: async (columns) =>
      rows(lake.connection, `select ${columns} from ${await invoiceRelation(lake, db)} order by enterprise, issued_on, line`),
    bank: async (columns) =>
      rows(lake.connection, `select ${columns} from ${await bankRelation(lake, db)} order by enterprise, account, line`),
    reasons: async () => {
      const found = await db.selectFrom("quarantine_row").select(["line", "reasons"]).orderBy("line").execute();
      return found.map((row) => ({ line: row.line, codes: row.reasons.map((reason) => reason.code) }));
    },
    traces: async () => ({
      files: (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && /lake|staging/.test(entry.parentPath))
        .map((entry) => entry.name)
        .sort(),
      batches: await count("import_batch"),
      quarantined: await count("quarantine_row"),
      enterprises: await count("enterprise"),
    }),
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      lake.close();
      await rm(folder, { recursive: true, force: true });
      await database[Symbol.asyncDispose]();
    },
  };
};

/** A zip archive of deflated entries. */
export const zip = (files: Readonly<Record<string, string | Uint8Array>>): Buffer => {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, title, packed]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000"), common, entry, title]));
    parts.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", 0, "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
};

/** An XLSX of one sheet from the XML of its rows. */
export const xlsx = (sheetRows: string, sharedStrings: readonly string[] = []): Buffer =>
  zip({
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "xl/workbook.xml":
      '<?xml version="1.0"?><workbook xmlns:r="r"><sheets><sheet name="隐藏" sheetId="1" state="hidden" r:id="rId1"/><sheet name="发票" sheetId="2" r:id="rId2"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels":
      '<?xml version="1.0"?><Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="worksheets/sheet2.xml"/></Relationships>',
    "xl/styles.xml":
      '<?xml version="1.0"?><styleSheet><numFmts><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/></cellXfs></styleSheet>',
    "xl/sharedStrings.xml": `<?xml version="1.0"?><sst>${sharedStrings.map((text) => `<si><t>${text}</t></si>`).join("")}</sst>`,
    "xl/worksheets/sheet1.xml": '<?xml version="1.0"?><worksheet><sheetData/></worksheet>',
    "xl/worksheets/sheet2.xml": `<?xml version="1.0"?><worksheet><sheetData>${sheetRows}</sheetData></worksheet>`,
  });
