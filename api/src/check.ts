import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";

/** Where a document breaks its schema, as a path with dots (empty for the document itself), and the rule it breaks. */
export type Misfit = { readonly at: string; readonly rule: string };

/** Compiles `schema` once; the function it gives tells the first misfit of a document, or null where it fits. */
export const checker = (schema: TSchema): ((document: unknown) => Misfit | null) => {
  const compiled = Compile(schema);
  return (document) => {
    if (compiled.Check(document)) return null;
    const [error] = compiled.Errors(document);
    return { at: error?.instancePath.replace(/^\//, "").replaceAll("/", ".") ?? "", rule: error?.message ?? "does not fit" };
  };
};
