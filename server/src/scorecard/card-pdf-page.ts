// The root project checks this file without the rest of the server.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./card-pdf-kit.d.ts" />
/**
 * Pages for documents that are signed: A4, one measure, headings that stay with what follows, tables that break across pages
 * with their heads repeated, and two small charts drawn as vectors. The Chinese font is embedded as a subset, so the file
 * looks the same everywhere and its text can be selected and searched.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import PdfKit from "pdfkit";

const fonts = join(dirname(createRequire(import.meta.url).resolve("@embedpdf/fonts-sc")), "..", "fonts");

const left = 46;
const width = 595.28 - 2 * left;
const top = 60;
const bottom = 841.89 - 52;
const ink = "#1b1f24";
const grey = "#5b6470";
const rule = "#c9ced6";
const accent = "#1f4e79";
const warning = "#a3261d";

export type Cell = string | { readonly text: string; readonly strong?: boolean; readonly warn?: boolean };
export type TableColumn = { readonly head: string; readonly share: number; readonly right?: boolean };
export type Point = { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number };
export type Chart = {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly points: readonly Point[];
  /** Joined by a line from the origin. */
  readonly line: boolean;
  readonly most: number;
};

export type Meta = {
  readonly title: string;
  readonly author: string;
  readonly language: string;
  readonly createdAt: Date;
  /** Of every page's head, left and right. */
  readonly head: readonly [string, string];
};

// Characters that draw nothing but a box; a line break inside a cell is kept.
// oxlint-disable-next-line no-control-regex
const clean = (text: string) => text.replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F\uFEFF]/g, " ");
const textOf = (cell: Cell) => clean(typeof cell === "string" ? cell : cell.text);

export class Pages {
  readonly #pdf;
  readonly #meta: Meta;
  #y = top;

  constructor(meta: Meta) {
    this.#meta = meta;
    this.#pdf = new PdfKit({
      size: "A4",
      margins: { top, bottom: 841.89 - bottom, left, right: left },
      bufferPages: true,
      lang: meta.language,
      displayTitle: true,
      // The dates make the file's identity, so they come from the document, never from a clock.
      info: {
        Title: meta.title,
        Author: meta.author,
        Creator: "Zhiwei",
        Producer: "Zhiwei",
        CreationDate: meta.createdAt,
        ModDate: meta.createdAt,
      },
    });
    this.#pdf.registerFont("regular", join(fonts, "NotoSansHans-Regular.otf"));
    this.#pdf.registerFont("medium", join(fonts, "NotoSansHans-Medium.otf"));
  }

  /** A new page where less than `height` points are left. */
  need(height: number) {
    if (this.#y + height > bottom) this.#turn();
  }

  #turn() {
    this.#pdf.addPage();
    this.#y = top;
  }

  space(height: number) {
    this.#y += height;
  }

  title(text: string, under: string) {
    this.#pdf.font("medium").fontSize(20).fillColor(ink).text(clean(text), left, this.#y, { width });
    this.#y = this.#pdf.y + 2;
    this.#pdf.font("regular").fontSize(10).fillColor(grey).text(clean(under), left, this.#y, { width });
    this.#y = this.#pdf.y + 10;
  }

  /** A heading keeps at least `following` points of what it heads on its page. */
  heading(text: string, following = 70) {
    this.need(30 + following);
    if (this.#y > top) this.#y += 12;
    this.#pdf.font("medium").fontSize(12).fillColor(accent).text(text, left, this.#y, { width });
    this.#y = this.#pdf.y + 2;
    this.#pdf
      .moveTo(left, this.#y)
      .lineTo(left + width, this.#y)
      .lineWidth(0.6)
      .strokeColor(accent)
      .stroke();
    this.#y += 6;
  }

  subheading(text: string, following = 60) {
    this.need(20 + following);
    this.#y += 6;
    this.#pdf.font("medium").fontSize(9.5).fillColor(ink).text(clean(text), left, this.#y, { width });
    this.#y = this.#pdf.y + 3;
  }

  paragraph(text: string, { small = false, bullet = false }: { readonly small?: boolean; readonly bullet?: boolean } = {}) {
    const size = small ? 7.5 : 9;
    const inset = bullet ? 11 : 0;
    const options = { width: width - inset, lineGap: 1.5 };
    const height = this.#pdf.font("regular").fontSize(size).heightOfString(clean(text), options);
    if (height < 200) this.need(height);
    // A turned page forgets the colour, so it is set after.
    this.#pdf.fillColor(small ? grey : ink);
    if (bullet) this.#pdf.text("•", left + 1, this.#y, { lineBreak: false });
    // Longer than a page: the writer turns pages by itself, between the same margins.
    this.#pdf.text(clean(text), left + inset, this.#y, options);
    this.#y = this.#pdf.y + (small ? 3 : 4);
  }

  /** Names and values in two columns of pairs; a value too long for its half takes a row of its own. */
  pairs(rows: readonly (readonly [string, string])[]) {
    const label = 88;
    const half = width / 2;
    const size = 8.5;
    const heightOf = (text: string, room: number) =>
      this.#pdf.font("regular").fontSize(size).heightOfString(text, { width: room, lineGap: 1 });
    let k = 0;
    while (k < rows.length) {
      const [name, value] = rows[k]!;
      const wide = heightOf(clean(value), half - label - 10) > 1.7 * size * 1.5;
      const next = wide ? undefined : rows[k + 1];
      const beside = next !== undefined && heightOf(clean(next[1]), half - label - 10) <= 1.7 * size * 1.5 ? next : undefined;
      const height = Math.max(
        heightOf(clean(name), label - 6),
        heightOf(clean(value), (beside ? half : width) - label - 10),
        beside ? heightOf(clean(beside[0]), label - 6) : 0,
      );
      if (height < 200) this.need(height);
      const write = (at: number, room: number, [first, second]: readonly [string, string]) => {
        this.#pdf
          .font("regular")
          .fontSize(size)
          .fillColor(grey)
          .text(clean(first), at, this.#y, { width: label - 6, lineGap: 1 });
        const y = this.#y;
        this.#pdf.fillColor(ink).text(clean(second), at + label, y, { width: room - label - 10, lineGap: 1 });
      };
      write(left, beside ? half : width, rows[k]!);
      const after = this.#pdf.y;
      if (beside) write(left + half, half, beside);
      this.#y = this.#y + height <= bottom ? this.#y + height + 2.5 : after + 2.5;
      k += beside ? 2 : 1;
    }
    this.#y += 2;
  }

  /**
   * A table with its heading above and its note below. One that takes less than half a page is kept whole; a longer one
   * breaks between rows, and its last two rows and its note stay together.
   */
  table(
    columns: readonly TableColumn[],
    rows: readonly (readonly Cell[])[],
    { heading, subheading, note }: { readonly heading?: string; readonly subheading?: string; readonly note?: string } = {},
  ) {
    const whole = columns.reduce((sum, column) => sum + column.share, 0);
    const widths = columns.map((column) => (width * column.share) / whole);
    const size = 7.5;
    const pad = 3;
    const font = (strong: boolean) => this.#pdf.font(strong ? "medium" : "regular").fontSize(size);
    const heightOf = (cells: readonly Cell[], strong: boolean) =>
      Math.max(
        ...cells.map((cell, j) => {
          const text = textOf(cell);
          return text === ""
            ? 0
            : font(strong || (typeof cell !== "string" && cell.strong === true)).heightOfString(text, { width: widths[j]! - 2 * pad });
        }),
      );
    const write = (cells: readonly Cell[], height: number, head: boolean) => {
      let x = left;
      if (head) this.#pdf.rect(left, this.#y, width, height + 5).fill("#eef2f6");
      cells.forEach((cell, j) => {
        const text = textOf(cell);
        const strong = head || (typeof cell !== "string" && cell.strong === true);
        const warn = typeof cell !== "string" && cell.warn === true;
        if (text !== "")
          font(strong)
            .fillColor(warn ? warning : ink)
            .text(text, x + pad, this.#y + 2, { width: widths[j]! - 2 * pad, align: columns[j]!.right ? "right" : "left" });
        x += widths[j]!;
      });
      this.#y += height + 5;
      this.#pdf
        .moveTo(left, this.#y)
        .lineTo(left + width, this.#y)
        .lineWidth(head ? 0.6 : 0.3)
        .strokeColor(head ? grey : rule)
        .stroke();
    };
    const heads = columns.map((column) => column.head);
    const headHeight = heightOf(heads, true);
    const most = bottom - top - headHeight - 12;
    /** Cuts a row taller than a page in two. */
    const cut = (cells: readonly Cell[]): [Cell[], Cell[]] => {
      const first: Cell[] = [];
      const rest: Cell[] = [];
      cells.forEach((cell, j) => {
        const characters = Array.from(textOf(cell));
        const style = typeof cell === "string" ? {} : cell;
        let low = 0;
        let high = characters.length;
        while (low < high) {
          const middle = Math.ceil((low + high) / 2);
          if (font(false).heightOfString(characters.slice(0, middle).join(""), { width: widths[j]! - 2 * pad }) <= most) low = middle;
          else high = middle - 1;
        }
        first.push({ ...style, text: characters.slice(0, low).join("") });
        rest.push({ ...style, text: characters.slice(low).join("") });
      });
      return [first, rest];
    };
    const noteHeight =
      note === undefined ? 0 : 8 + this.#pdf.font("regular").fontSize(7.5).heightOfString(clean(note), { width, lineGap: 1.5 });
    const total = rows.reduce((sum, row) => sum + heightOf(row, false) + 5, headHeight + 5) + noteHeight;
    const first = headHeight + 10 + Math.min(rows[0] ? heightOf(rows[0], false) : 0, 60);
    const together = total < (bottom - top) / 2 ? total : first;
    if (heading !== undefined) this.heading(heading, together + (subheading === undefined ? 0 : 26));
    if (subheading !== undefined) this.subheading(subheading, together);
    this.need(together);
    write(heads, headHeight, true);
    const waiting = [...rows];
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const height = heightOf(row, false);
      if (height > most) {
        const parts = cut(row);
        // A character wider than its column would never fit: such a row is written as it is.
        if (parts[0].some((cell) => textOf(cell) !== "")) {
          waiting.unshift(...parts);
          continue;
        }
      }
      const after = waiting.length === 0 ? noteHeight : waiting.length === 1 ? heightOf(waiting[0]!, false) + 5 + noteHeight : 0;
      // A last row taller than what a page has left would leave this one alone for nothing.
      if (this.#y + height + 5 + (after < 120 ? after : 0) > bottom && this.#y > top + headHeight + 6) {
        this.#turn();
        write(heads, headHeight, true);
      }
      write(row, height, false);
    }
    this.#y += 6;
    if (note !== undefined) this.paragraph(note, { small: true });
  }

  /** Two square-ruled charts beside each other. Both axes are shares from 0 to `most`; the diagonal is drawn for reference. */
  charts(charts: readonly Chart[]) {
    const height = 178;
    this.need(height + 8);
    const room = width / 2;
    charts.forEach((chart, k) => {
      const x0 = left + k * room + 34;
      const y1 = this.#y + 18;
      const side = 128;
      const wide = room - 60;
      const y0 = y1 + side;
      const x = (value: number) => x0 + (wide * value) / chart.most;
      const y = (value: number) => y0 - (side * Math.min(value, chart.most)) / chart.most;
      const pdf = this.#pdf;
      pdf
        .font("medium")
        .fontSize(8.5)
        .fillColor(ink)
        .text(chart.title, left + k * room, this.#y, { width: room - 16 });
      for (let tick = 0; tick <= 4; tick++) {
        const value = (chart.most * tick) / 4;
        const digits = chart.most < 0.1 ? 1 : 0;
        pdf
          .lineWidth(0.3)
          .strokeColor(rule)
          .moveTo(x0, y(value))
          .lineTo(x0 + wide, y(value))
          .stroke();
        pdf.font("regular").fontSize(6.5).fillColor(grey);
        const text = `${(100 * value).toFixed(digits)}%`;
        pdf.text(text, x0 - 32, y(value) - 4.5, { width: 28, align: "right" });
        pdf.text(text, x(value) - 15, y0 + 2, { width: 30, align: "center" });
      }
      pdf.lineWidth(0.6).strokeColor(grey).dash(2, { space: 2 }).moveTo(x(0), y(0)).lineTo(x(chart.most), y(chart.most)).stroke().undash();
      pdf
        .lineWidth(0.6)
        .strokeColor(grey)
        .moveTo(x0, y1)
        .lineTo(x0, y0)
        .lineTo(x0 + wide, y0)
        .stroke();
      if (chart.line) {
        pdf.lineWidth(1.2).strokeColor(accent).moveTo(x(0), y(0));
        for (const point of chart.points) pdf.lineTo(x(point.x), y(point.y));
        pdf.stroke();
      }
      for (const point of chart.points) {
        if (point.low !== undefined && point.high !== undefined)
          pdf.lineWidth(0.8).strokeColor(accent).moveTo(x(point.x), y(point.low)).lineTo(x(point.x), y(point.high)).stroke();
        pdf.circle(x(point.x), y(point.y), 2).fill(accent);
      }
      pdf
        .font("regular")
        .fontSize(6.5)
        .fillColor(grey)
        .text(`${chart.xTitle} → · ${chart.yTitle} ↑`, left + k * room + 34, y0 + 13, { width: wide, align: "center" });
    });
    this.#y += height;
  }

  /** Places to sign, in a row; never parted from each other. */
  signatures(posts: readonly string[], lines: readonly [string, string, string, string]) {
    this.need(112);
    const gap = 14;
    const room = (width - gap * (posts.length - 1)) / posts.length;
    posts.forEach((post, k) => {
      const x = left + k * (room + gap);
      this.#pdf.font("medium").fontSize(9).fillColor(ink).text(post, x, this.#y, { width: room });
      lines.forEach((line, row) => {
        const y = this.#y + 38 + 22 * row;
        this.#pdf
          .font("regular")
          .fontSize(7.5)
          .fillColor(grey)
          .text(line, x, y - 11, { width: room });
        this.#pdf
          .moveTo(x + 44, y)
          .lineTo(x + room, y)
          .lineWidth(0.5)
          .strokeColor(grey)
          .stroke();
      });
    });
    this.#y += 116;
  }

  /** Heads, page numbers, and the bytes of the file. */
  async finish(): Promise<Uint8Array> {
    const pdf = this.#pdf;
    const { count } = pdf.bufferedPageRange();
    for (let page = 0; page < count; page++) {
      pdf.switchToPage(page);
      // Below the margin the writer would turn the page.
      pdf.page.margins.bottom = 0;
      pdf.font("regular").fontSize(7.5).fillColor(grey);
      const options = { width: width / 2, lineBreak: false, height: 12, ellipsis: true } as const;
      pdf.text(clean(this.#meta.head[0]), left, 30, options);
      pdf.text(this.#meta.head[1], left + width / 2, 30, { width: width / 2, align: "right" });
      pdf
        .moveTo(left, 44)
        .lineTo(left + width, 44)
        .lineWidth(0.4)
        .strokeColor(rule)
        .stroke();
      pdf.text(`${page + 1} / ${count}`, left, 841.89 - 36, { width, align: "center" });
    }
    const chunks: Buffer[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      pdf.on("data", (chunk: Buffer) => chunks.push(chunk));
      pdf.on("end", resolve);
      pdf.on("error", reject);
    });
    pdf.end();
    await ended;
    return new Uint8Array(Buffer.concat(chunks));
  }
}
