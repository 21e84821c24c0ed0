/** An instant as PostgreSQL writes it, in RFC 3339 and UTC, as every document has it. */
export const instant = (text: string): string => new Date(text.replace(" ", "T").replace(/([+-]\d{2})$/, "$1:00")).toISOString();
