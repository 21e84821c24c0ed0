/**
 * XML that records arrive in: the fully digitalised e-invoice (数电票; element paths as published with the format) and
 * ISO 20022 camt.053. Both become rows of cells under fixed headers, and are then read like any other file.
 */
import { SaxesParser } from "saxes";
import { contentOf, encodingOf, type Input } from "./input.ts";
import { emptyFile, refuse } from "./problems.ts";
import type { Reader } from "./reader.ts";
import { StageWriter, stagedRelation } from "./staged.ts";
import { entryBytes, openZip } from "./zip.ts";

type Row = { readonly line: number; readonly cells: readonly string[] };

const malformed = (where: string, cause: unknown) =>
  refuse(
    "xml-malformed",
    `XML 不完整或不合规范（${where}）。`,
    `The XML is cut off or not well formed (${where}).`,
    "请从开票或银行系统重新下载原文件。",
    "Download the original file again from the invoicing or banking system.",
    cause,
  );

const MAX_TEXT = 1_000_000;

type Handler = {
  open(name: string, attributes: Record<string, string>, line: number, path: readonly string[]): void;
  close(name: string, text: string, path: readonly string[]): void;
};

/** Walks XML piece by piece. Names come without their prefix; entities that a document declares itself are refused by the parser. */
const walk = async (bytes: AsyncIterable<Buffer>, handler: Handler, onChunk?: () => Promise<void>): Promise<void> => {
  const parser = new SaxesParser();
  const path: string[] = [];
  let text = "";
  let failure: Error | null = null;
  parser.on("error", (error) => {
    failure ??= error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const local = name.slice(name.indexOf(":") + 1);
    path.push(local);
    text = "";
    if (path.length > 200) failure ??= new Error("nested too deeply");
    handler.open(local, attributes, parser.line, path);
  });
  const take = (piece: string) => {
    text += piece;
    if (text.length > MAX_TEXT) failure ??= new Error("text too long");
  };
  parser.on("text", take);
  parser.on("cdata", take);
  parser.on("closetag", () => {
    const name = path.at(-1)!;
    handler.close(name, text.trim(), path);
    path.pop();
    text = "";
  });
  const where = () => `${parser.line}:${parser.column}`;
  // Text arrives in pieces that may end within a character.
  const decoder: { current: TextDecoder | null } = { current: null };
  const broken = () => failure;
  for await (const chunk of bytes) {
    decoder.current ??= new TextDecoder(declaredEncoding(chunk));
    parser.write(decoder.current.decode(chunk, { stream: true }));
    if (broken()) throw malformed(where(), broken());
    await onChunk?.();
  }
  parser.write(decoder.current?.decode() ?? "");
  parser.close();
  if (broken()) throw malformed(where(), broken());
};

const declaredEncoding = (chunk: Buffer): string => {
  const declared = /^[^>]{0,100}encoding=["']([\w-]+)["']/.exec(chunk.subarray(0, 200).toString("latin1"))?.[1]?.toLowerCase();
  return declared && /^gb(k|2312|18030)$/.test(declared) ? "gb18030" : "utf-8";
};

/** The lines rise strictly: records that share a physical line (XML without line breaks) are numbered on from it. */
const rising = () => {
  let last = 0;
  return (line: number): number => (last = Math.max(line, last + 1));
};

// E-invoice -------------------------------------------------------------------------------------------------------

const E_INVOICE_HEADERS = [
  "数电票号码",
  "开票日期",
  "销方识别号",
  "销方名称",
  "购方识别号",
  "购方名称",
  "金额",
  "税额",
  "价税合计",
  "文件",
];

const E_INVOICE_CELLS: Readonly<Record<string, number>> = {
  "TaxSupervisionInfo/InvoiceNumber": 0,
  "TaxSupervisionInfo/IssueTime": 1,
  "SellerInformation/SellerIdNum": 2,
  "SellerInformation/SellerName": 3,
  "BuyerInformation/BuyerIdNum": 4,
  "BuyerInformation/BuyerName": 5,
  "BasicInformation/TotalAmWithoutTax": 6,
  "BasicInformation/TotalTaxAm": 7,
  "BasicInformation/TotalTax-includedAmount": 8,
};

const eInvoiceHandler = (emit: (row: Row) => void, file: string, line: (physical: number) => number): Handler => {
  let cells: string[] | null = null;
  let at = 0;
  return {
    open: (name, _, physical) => {
      if (name !== "EInvoice") return;
      cells = E_INVOICE_HEADERS.map(() => "");
      at = line(physical);
    },
    close: (name, text, path) => {
      if (!cells) return;
      const place = E_INVOICE_CELLS[`${path.at(-2)}/${name}`];
      if (place !== undefined) cells[place] = text;
      if (name === "EInvoice") {
        cells[9] = file;
        emit({ line: at, cells });
        cells = null;
      }
    },
  };
};

/** A reader over rows that a source of XML emits one after another. */
const xmlReader = async (
  input: Input,
  format: Reader["format"],
  headers: readonly string[],
  read: (emit: (row: Row) => void, pause: () => Promise<void>, onBytes: (bytes: number) => void) => Promise<void>,
): Promise<Reader> => {
  const sample: (readonly string[])[] = [];
  const enough = new Error("enough");
  try {
    await read(
      (row) => {
        if (sample.length < 50) sample.push(row.cells);
      },
      () => (sample.length >= 50 ? Promise.reject(enough) : Promise.resolve()),
      () => {},
    );
  } catch (error) {
    if (error !== enough) throw error;
  }
  return {
    format,
    encoding: encodingOf(input.head, input.whole).encoding,
    headers,
    sample,
    stage: async (folder, onRead) => {
      const writer = await StageWriter.open(folder, "staged.csv", headers.length);
      try {
        let full = false;
        await read(
          (row) => {
            full = writer.row(row.line, row.cells) || full;
          },
          async () => {
            if (!full) return;
            full = false;
            await writer.flush();
          },
          (bytes) => onRead(bytes, writer.rows),
        );
      } finally {
        await writer.close();
      }
      if (writer.rows === 0) throw emptyFile();
      return { headers, relation: stagedRelation(writer.path, headers.length), rows: writer.rows };
    },
  };
};

export const eInvoiceReader = (input: Input): Promise<Reader> =>
  xmlReader(input, "einvoice-xml", E_INVOICE_HEADERS, (emit, pause, onBytes) =>
    walk(contentOf(input, onBytes), eInvoiceHandler(emit, "", rising()), pause),
  );

/** A zip of e-invoices, one file each: the line is the place of the file in the archive, its name is kept with the row. */
export const eInvoiceZipReader = (input: Input): Promise<Reader> =>
  xmlReader(input, "einvoice-zip", E_INVOICE_HEADERS, async (emit, pause, onBytes) => {
    const zip = await openZip(input.path);
    try {
      let place = 0;
      let bytes = 0;
      for (const entry of zip.entries) {
        place++;
        bytes += entry.compressedSize;
        if (entry.fileName.endsWith("/")) continue;
        const here = place;
        await walk(
          entryBytes(zip, entry),
          eInvoiceHandler(emit, entry.fileName, () => here),
        );
        onBytes(Math.min(bytes, input.bytes));
        await pause();
      }
    } finally {
      zip.close();
    }
  });

// camt.053 --------------------------------------------------------------------------------------------------------

const CAMT_HEADERS = [
  "账户名称",
  "账号",
  "记账日期",
  "交易金额",
  "借贷标志",
  "余额",
  "币种",
  "对方户名",
  "对方账号",
  "摘要",
  "流水号",
  "交易类型",
  "记账状态",
];

type Statement = {
  account: string;
  accountCurrency: string;
  owner: string;
  opening: { amount: bigint; currency: string } | null;
  closing: { amount: bigint; currency: string } | null;
  entries: { row: { line: number; cells: string[] }; amount: bigint | null; booked: boolean }[];
};

/** An amount of at most five decimals in units of a hundred-thousandth; null where it is none. */
const units = (text: string): bigint | null => {
  const match = /^(\d+)(?:\.(\d{1,5}))?$/.exec(text);
  return match ? BigInt(match[1]! + (match[2] ?? "").padEnd(5, "0")) : null;
};

const yuan = (value: bigint): string => {
  const digits = String(value < 0n ? -value : value).padStart(6, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -5)}.${digits.slice(-5).replace(/0{1,3}$/, "")}`;
};

/**
 * camt.053 versions 2, 3, 4 and 8, whose paths differ only in details (status as text or as code, parties with or
 * without `Pty`). One row an entry. A statement carries balances at its ends only; where opening balance and booked
 * entries make up the closing balance, the balance after each entry follows, otherwise it is left open.
 */
const camtHandler = (emit: (row: Row) => void, onStatement: (id: string, reconciled: boolean) => void): Handler => {
  const line = rising();
  let statement: Statement | null = null;
  let statementId = "";
  let entry: Record<string, string> | null = null;
  let entryLine = 0;
  let remittance: string[] = [];
  let details = 0;
  let balance: Record<string, string> | null = null;

  const endEntry = (within: Statement, found: Record<string, string>) => {
    const credit = found["CdtDbtInd"] === "CRDT";
    const other = credit ? "Dbtr" : "Cdtr";
    // An entry that sums up several payments has no single counterparty.
    const single = details <= 1;
    const amount = units(found["Amt"] ?? "");
    within.entries.push({
      amount: amount === null ? null : credit ? amount : -amount,
      booked: (found["Sts"] ?? "") === "BOOK",
      row: {
        line: entryLine,
        cells: [
          within.owner,
          within.account,
          found["BookgDt"] ?? "",
          found["Amt"] ?? "",
          found["CdtDbtInd"] ?? "",
          "",
          found["Ccy"] ?? within.accountCurrency,
          single ? (found[`${other}/Nm`] ?? found[`Ultmt${other}/Nm`] ?? "") : "",
          single ? (found[`${other}Acct`] ?? "") : "",
          remittance.join(" ") || (found["AddtlNtryInf"] ?? ""),
          found["AcctSvcrRef"] ?? found["TxId"] ?? found["NtryRef"] ?? "",
          [found["RvslInd"] === "true" ? "RVSL" : "", found["Fmly"] ?? "", found["SubFmlyCd"] ?? "", found["Domn"] ?? ""]
            .filter((part) => part !== "")
            .join(" "),
          found["Sts"] ?? "",
        ],
      },
    });
  };

  const endStatement = (within: Statement) => {
    const { opening, closing, entries } = within;
    const booked = entries.filter(({ booked }) => booked);
    const reconciled =
      opening !== null &&
      closing !== null &&
      opening.currency === closing.currency &&
      booked.every(({ amount, row }) => amount !== null && row.cells[6] === opening.currency) &&
      booked.reduce((sum, { amount }) => sum + amount!, opening.amount) === closing.amount;
    let running = opening?.amount ?? 0n;
    for (const { row, amount, booked: isBooked } of entries) {
      if (reconciled && isBooked) {
        running += amount!;
        row.cells[5] = yuan(running);
      }
      emit(row);
    }
    onStatement(statementId, reconciled);
  };

  return {
    open: (name, found, physical, path) => {
      if (name === "Stmt") {
        statement = { account: "", accountCurrency: "", owner: "", opening: null, closing: null, entries: [] };
        statementId = "";
      } else if (name === "Ntry" && statement) {
        entry = {};
        entryLine = line(physical);
        remittance = [];
        details = 0;
      } else if (name === "TxDtls") details++;
      else if (name === "Bal" && path.at(-2) === "Stmt") balance = {};
      if (name === "Amt" && entry && path.at(-2) === "Ntry" && found["Ccy"]) entry["Ccy"] = found["Ccy"];
      if (name === "Amt" && balance && found["Ccy"]) balance["Ccy"] = found["Ccy"];
    },
    close: (name, text, path) => {
      if (!statement) return;
      const below = (root: string) => path.slice(path.indexOf(root) + 1).join("/");
      if (entry) {
        const place = below("Ntry");
        const found = entry;
        const set = (key: string) => {
          if (text !== "") found[key] ??= text;
        };
        if (
          place === "Amt" ||
          place === "CdtDbtInd" ||
          place === "RvslInd" ||
          place === "AcctSvcrRef" ||
          place === "NtryRef" ||
          place === "AddtlNtryInf"
        )
          set(place);
        else if (place === "Sts" || place === "Sts/Cd") set("Sts");
        else if (place === "BookgDt/Dt" || place === "BookgDt/DtTm") set("BookgDt");
        else if (place === "BkTxCd/Domn/Cd") set("Domn");
        else if (place === "BkTxCd/Domn/Fmly/Cd") set("Fmly");
        else if (place === "BkTxCd/Domn/Fmly/SubFmlyCd") set("SubFmlyCd");
        else if (place.endsWith("Refs/AcctSvcrRef")) set("AcctSvcrRef");
        else if (place.endsWith("Refs/TxId")) set("TxId");
        else if (/RmtInf\/(Ustrd|Strd\/CdtrRefInf\/Ref|Strd\/CdtrRefInf\/CdtrRef)$/.test(place)) {
          if (text !== "") remittance.push(text);
        } else {
          const party = /RltdPties\/(Ultmt)?(Dbtr|Cdtr)(?:\/Pty)?\/Nm$/.exec(place);
          if (party) set(`${party[1] ?? ""}${party[2]}/Nm`);
          const account = /RltdPties\/(Dbtr|Cdtr)Acct\/Id\/(?:IBAN|Othr\/Id)$/.exec(place);
          if (account) set(`${account[1]}Acct`);
        }
        if (name === "Ntry" && path.at(-2) === "Stmt") {
          endEntry(statement, entry);
          entry = null;
        }
        return;
      }
      if (balance) {
        const place = below("Bal");
        if (place === "Tp/CdOrPrtry/Cd") balance["Cd"] = text;
        else if (place === "Amt") balance["Amt"] = text;
        else if (place === "CdtDbtInd") balance["CdtDbtInd"] = text;
        else if (name === "Bal") {
          const amount = units(balance["Amt"] ?? "");
          const value =
            amount === null ? null : { amount: balance["CdtDbtInd"] === "DBIT" ? -amount : amount, currency: balance["Ccy"] ?? "" };
          if (balance["Cd"] === "OPBD" || (balance["Cd"] === "PRCD" && !statement.opening)) statement.opening = value;
          if (balance["Cd"] === "CLBD") statement.closing = value;
          balance = null;
        }
        return;
      }
      const place = below("Stmt");
      if (place === "Id") statementId = text;
      else if (place === "Acct/Id/IBAN" || place === "Acct/Id/Othr/Id") statement.account ||= text;
      else if (place === "Acct/Ccy") statement.accountCurrency = text;
      else if (/^Acct\/Ownr\/Id\/OrgId\/Othr\/Id$/.test(place)) statement.owner = text;
      else if (place === "Acct/Ownr/Nm" || place === "Acct/Nm") statement.owner ||= text;
      else if (name === "Stmt") {
        endStatement(statement);
        statement = null;
      }
    },
  };
};

export const camtReader = (input: Input): Promise<Reader> =>
  xmlReader(input, "camt.053", CAMT_HEADERS, (emit, pause, onBytes) =>
    walk(
      contentOf(input, onBytes),
      camtHandler(emit, () => {}),
      pause,
    ),
  );
