/** The part of pdfkit that card-pdf-page.ts uses: the package brings no types of its own. Lengths are points, 1/72 inch. */
declare module "pdfkit" {
  type Margins = { top: number; bottom: number; left: number; right: number };
  type TextOptions = {
    readonly width?: number;
    readonly height?: number;
    readonly align?: "left" | "center" | "right";
    readonly lineGap?: number;
    readonly lineBreak?: boolean;
    readonly ellipsis?: boolean;
  };
  type DocumentOptions = {
    readonly size: "A4";
    readonly margins: Readonly<Margins>;
    readonly bufferPages: boolean;
    readonly lang: string;
    readonly displayTitle: boolean;
    readonly info: Readonly<Record<string, string | Date>>;
  };
  export default class PDFDocument {
    constructor(options: DocumentOptions);
    /** Where the next text would begin. */
    y: number;
    page: { margins: Margins };
    registerFont(name: string, path: string): this;
    font(name: string): this;
    fontSize(size: number): this;
    fillColor(color: string): this;
    strokeColor(color: string): this;
    lineWidth(width: number): this;
    dash(length: number, options: { readonly space: number }): this;
    undash(): this;
    moveTo(x: number, y: number): this;
    lineTo(x: number, y: number): this;
    rect(x: number, y: number, width: number, height: number): this;
    circle(x: number, y: number, radius: number): this;
    stroke(): this;
    fill(color: string): this;
    text(text: string, x: number, y: number, options?: TextOptions): this;
    heightOfString(text: string, options: TextOptions): number;
    addPage(): this;
    bufferedPageRange(): { readonly start: number; readonly count: number };
    switchToPage(page: number): void;
    on(event: "data", listener: (chunk: Buffer) => void): this;
    on(event: "end", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    end(): void;
  }
}
