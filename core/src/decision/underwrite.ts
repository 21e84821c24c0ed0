import type { IsoDate } from "../basics/index.ts";
import { type FactValues, type Match, type Product, type RepaymentMethod, compileCatalogue, factRow, matchAll } from "../product/index.ts";
import { type Decided, compilePolicy, decide } from "./decide.ts";
import type { DecisionPolicy } from "./policy.ts";

/** Everything that a decision rests on: with it, the same decision can be made again at any time. */
export type UnderwritingInputs = {
  /** Facts of the enterprise as of the day (from profile and score) with those of the request. */
  readonly facts: FactValues;
  readonly product: Product;
  readonly policy: DecisionPolicy;
  /** The day on which it is decided; rules and rates are those in force then. */
  readonly day: IsoDate;
  readonly method?: RepaymentMethod;
};

/** What was made ready for a day, with the document that it was made of: the same ones are asked for again and again. */
const readyOn = <Document extends object, Ready>(make: (document: Document, day: IsoDate) => Ready) => {
  const kept = new WeakMap<Document, { readonly day: IsoDate; readonly ready: Ready }>();
  return (document: Document, day: IsoDate): Ready => {
    let known = kept.get(document);
    if (known?.day !== day) kept.set(document, (known = { day, ready: make(document, day) }));
    return known.ready;
  };
};
const productReady = readyOn((product: Product, day) => compileCatalogue([product], day));
const policyReady = readyOn(compilePolicy);

/**
 * From facts to a decision, the whole way, as a pure function: the server reads before it and writes after it, and replaying a decision
 * is calling it again with what was stored. Null where the product is not offered on the day.
 */
export const underwrite = ({
  facts,
  product,
  policy,
  day,
  method,
}: UnderwritingInputs): { readonly match: Match; readonly decided: Decided } | null => {
  const row = factRow(facts);
  const [match] = matchAll(productReady(product, day), row, method === undefined ? {} : { method });
  if (!match) return null;
  const asked = facts["request.amountFen"];
  return {
    match,
    decided: decide(policyReady(policy, day), match, row, { amountFen: typeof asked === "number" ? asked : null, day }),
  };
};
