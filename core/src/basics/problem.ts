/** A sentence in both languages of the product. Chinese is written first, English is complete. */
export type Text = { readonly zh: string; readonly en: string };
export type Language = keyof Text;

/**
 * What went wrong, for a reader: a stable code for programs, a sentence in the reader's language, and what
 * the reader can do about it.
 */
export type Problem = { readonly code: string; readonly text: Text; readonly remedy: Text };

export const problem = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string): Problem => ({
  code,
  text: { zh, en },
  remedy: { zh: remedyZh, en: remedyEn },
});
