import { type Result, type Text, err, ok } from "../basics/index.ts";
import { type Fault, checkCondition } from "./check.ts";
import type { Comparison, Condition, Operand, Operator, Product, Rule } from "./document.ts";
import { isTimesFact, withoutNot } from "./eligibility.ts";
import { type Fact, factById, factCatalogue } from "./facts.ts";

/**
 * Rules as decision tables in JDM, the open JSON format of GoRules' ZEN engine and editor: an input, one table that collects every row that
 * holds, an output. A row is a product, a column a fact, or an expression where a rule is more than one look. The table says pass or not
 * pass: null holds nowhere, so an unknown outcome is no row, and near, citations and dates ride along in a key that ZEN does not read.
 */
export type JdmTable = {
  readonly hitPolicy: "first" | "collect";
  readonly inputs: readonly { readonly id: string; readonly name: string; readonly field?: string | undefined }[];
  readonly outputs: readonly { readonly id: string; readonly name: string; readonly field: string }[];
  readonly rules: readonly Readonly<Record<string, string>>[];
};
export type JdmDocument = {
  readonly nodes: readonly {
    readonly id: string;
    readonly type: string;
    readonly name: string;
    readonly position: object;
    readonly content?: unknown;
  }[];
  readonly edges: readonly { readonly id: string; readonly sourceId: string; readonly targetId: string; readonly type: string }[];
};

/** Names in ZEN's expressions have no hyphen: it would subtract. */
const nameOf = (fact: string): string => fact.replaceAll("-", "_");
const byName = new Map(factCatalogue.map((fact) => [nameOf(fact.id), fact]));

// ── Out ──

const literal = (value: number | string | boolean): string => JSON.stringify(value);
const list = (values: readonly (number | string)[]): string => `[${values.map(literal).join(", ")}]`;
const SIGN: Partial<Record<Operator, string>> = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };

/** A look as an expression about `own`: the name of its fact, or `$` in that fact's column. */
const comparisonText = ({ fact, op, value }: Comparison, own: string): string => {
  const { type } = factById(fact)!;
  const known = (text: string) => `${own} != null and ${text}`;
  if (type.kind === "word" && type.ordered && (op === "lt" || op === "le" || op === "gt" || op === "ge")) {
    const words = Object.keys(type.words);
    const at = words.indexOf(value as string);
    const kept = words.filter((_, i) => (op === "lt" ? i < at : op === "le" ? i <= at : op === "gt" ? i > at : i >= at));
    return `${own} in ${list(kept)}`;
  }
  if (isTimesFact(value)) {
    const text = `${own} ${SIGN[op]} ${literal(value.times)} * ${nameOf(value.fact)}`;
    return op === "ne" ? known(text) : text;
  }
  switch (op) {
    case "between":
      return `${own} in [${(value as readonly number[]).map(literal).join("..")}]`;
    case "not-between":
      return known(`${own} not in [${(value as readonly number[]).map(literal).join("..")}]`);
    case "in":
      return `${own} in ${list(value as readonly string[])}`;
    case "not-in":
      return known(`${own} not in ${list(value as readonly string[])}`);
    case "within":
    case "not-within": {
      const of = type.kind === "code" ? type.of : "industry";
      const starts = (value as readonly string[]).map(
        (code) => `startsWith(${own}, ${literal(of === "region" ? code.replace(/(?:00)+$/, "") : code)})`,
      );
      // No brackets around an "or": in the cell of a column ZEN reads them as a range.
      return op === "within" ? starts.join(" or ") : known(starts.map((each) => `not (${each})`).join(" and "));
    }
    case "any-of":
      return `some(${list(value as readonly string[])}, # in ${own})`;
    case "all-of":
      return `all(${list(value as readonly string[])}, # in ${own})`;
    case "none-of":
      return known(`none(${list(value as readonly string[])}, # in ${own})`);
    case "not-all-of":
      return known(`not (all(${list(value as readonly string[])}, # in ${own}))`);
    case "ne":
      return known(`${own} != ${literal(value as string)}`);
    default:
      return `${own} ${SIGN[op]} ${literal(value as string)}`;
  }
};

const conditionText = (condition: Condition): string => {
  if ("fact" in condition) return `(${comparisonText(condition, nameOf(condition.fact))})`;
  const [parts, word] = "all" in condition ? [condition.all, " and "] : [(condition as { any: readonly Condition[] }).any, " or "];
  return `(${parts.map(conditionText).join(word)})`;
};

/** The whole of a rule as one condition: what it asks for, or one of its exceptions. */
const wholeOf = (rule: Rule): Condition =>
  withoutNot(rule.unless.length === 0 ? rule.when : { any: [rule.when, ...rule.unless.map(({ when }) => when)] });

const cellOf = (rule: Rule): { readonly fact: string | null; readonly text: string } => {
  const whole = wholeOf(rule);
  return "fact" in whole ? { fact: whole.fact, text: comparisonText(whole, "$") } : { fact: null, text: conditionText(whole) };
};

/** The eligibility of products as one decision table: a row for each product, holding where all its rules pass. */
export const toJdm = (products: readonly Pick<Product, "id" | "version" | "title" | "eligibility">[]): JdmDocument => {
  const inputs: { id: string; name: string; field?: string }[] = [];
  const rules = products.map(({ id, version, title, eligibility }) => {
    const row: Record<string, string> = { _id: `${id}@${version}`, _description: title.zh };
    const kept: { column: string; rule: Rule }[] = [];
    for (const rule of eligibility) {
      const { fact, text } = cellOf(rule);
      // The first column of this fact that the row has not used yet.
      const stem = fact === null ? "expression" : nameOf(fact);
      let column = "";
      for (let i = 1; column === "" || column in row; i++) column = `${stem}~${i}`;
      if (!inputs.some((each) => each.id === column))
        inputs.push(fact === null ? { id: column, name: "条件 Condition" } : { id: column, name: factById(fact)!.name.zh, field: stem });
      row[column] = text;
      kept.push({ column, rule });
    }
    row["product"] = literal(id);
    row["version"] = literal(version);
    row["_zhiwei"] = JSON.stringify(kept);
    return row;
  });
  for (const row of rules) for (const { id } of inputs) row[id] ??= "";
  const content: JdmTable = {
    hitPolicy: "collect",
    inputs,
    outputs: [
      { id: "product", name: "产品 Product", field: "product" },
      { id: "version", name: "版本 Version", field: "version" },
    ],
    rules,
  };
  return {
    nodes: [
      { id: "request", type: "inputNode", name: "Request", position: { x: 0, y: 0 } },
      { id: "eligibility", type: "decisionTableNode", name: "Eligibility", position: { x: 320, y: 0 }, content },
      { id: "response", type: "outputNode", name: "Response", position: { x: 640, y: 0 } },
    ],
    edges: [
      { id: "request-eligibility", sourceId: "request", targetId: "eligibility", type: "edge" },
      { id: "eligibility-response", sourceId: "eligibility", targetId: "response", type: "edge" },
    ],
  };
};

/** Facts as the nested object that ZEN's expressions read. */
export const toJdmInput = (values: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const input: Record<string, unknown> = {};
  for (const [fact, value] of Object.entries(values)) {
    const names = nameOf(fact).split(".");
    let at = input;
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
    at[names.at(-1)!] = value ?? null;
  }
  return input;
};

// ── In ──

class Unreadable extends Error {
  readonly text: Text;
  constructor(zh: string, en: string) {
    super(en);
    this.text = { zh, en };
  }
}

type Token = { readonly kind: "number" | "string" | "name" | "sign"; readonly text: string };
const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_][\w.]*|\$|#)|(>=|<=|==|!=|\.\.|[<>()[\],*-]))/y;

const tokens = (text: string): Token[] => {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== "") {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Unreadable(`无法理解“${text.slice(from).trim()}”`, `"${text.slice(from).trim()}" cannot be read`);
    const [, number, quoted, name, sign] = match;
    if (number !== undefined) found.push({ kind: "number", text: number });
    else if (quoted !== undefined) found.push({ kind: "string", text: quoted.slice(1, -1).replace(/\\(.)/g, "$1") });
    else if (name !== undefined) found.push({ kind: "name", text: name });
    else found.push({ kind: "sign", text: sign! });
  }
  return found;
};

const ALWAYS = "always";
type Read = Condition | typeof ALWAYS;
const FROM_SIGN: Readonly<Record<string, Operator>> = { "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };
const TURNED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=" };

/** Reads the part of ZEN's expressions that says what a rule of ours can say; the rest is refused with the place. */
const reader = (text: string, column: Fact | null) => {
  const all = tokens(text);
  let at = 0;
  const peek = (word: string, ahead = 0) => all[at + ahead]?.kind !== "string" && all[at + ahead]?.text === word;
  const take = (word: string): boolean => (peek(word) ? (at++, true) : false);
  const stop = (): never => {
    const rest = all
      .slice(at)
      .map((token) => token.text)
      .join(" ");
    throw new Unreadable(
      rest === "" ? "表达式不完整" : `此处不支持“${rest}”`,
      rest === "" ? "the expression is not complete" : `"${rest}" is not supported here`,
    );
  };
  const need = (word: string): void => {
    if (!take(word)) stop();
  };
  const factNamed = (name: string): Fact => {
    const fact = name === "$" ? column : byName.get(name);
    if (!fact) throw new Unreadable(`指标目录中没有“${name}”`, `there is no fact "${name}" in the catalogue`);
    return fact;
  };
  const isOperandEnd = () => all[at] === undefined || [")", "]", ",", "..", "and", "or"].some((word) => peek(word));
  const scalar = (): number | string | boolean => {
    const minus = take("-");
    const token = all[at];
    if (token?.kind === "number") {
      at++;
      return minus ? -Number(token.text) : Number(token.text);
    }
    if (minus) return stop();
    if (token?.kind === "string") return (at++, token.text);
    if (take("true")) return true;
    if (take("false")) return false;
    return stop();
  };
  /** A number, word or truth; a number times a fact, either way round; or null. */
  const operand = (): Operand | null => {
    if (take("null")) return null;
    const token = all[at];
    if (token?.kind === "name" && token.text !== "true" && token.text !== "false") {
      const other = factNamed(token.text);
      at++;
      return { fact: other.id, times: take("*") ? (scalar() as number) : 1 };
    }
    const value = scalar();
    if (!take("*")) return value;
    const name = all[at]?.text ?? "";
    at++;
    return { fact: factNamed(name).id, times: value as number };
  };
  const scalars = (): (number | string)[] => {
    need("[");
    const values: (number | string)[] = [];
    while (!take("]")) {
      values.push(scalar() as number | string);
      if (!peek("]")) need(",");
    }
    return values;
  };
  /** `[1..5]`, with round brackets where an end does not belong to it; or a list of values. */
  const membership = (fact: Fact, negated: boolean): Condition => {
    const from = at;
    if (take("[") || take("(")) {
      const opens = all[at - 1]!.text;
      const low = scalar();
      if (take("..")) {
        const high = scalar();
        const closes = peek("]") ? "]" : ")";
        need(closes);
        const range: Condition =
          opens === "[" && closes === "]"
            ? { fact: fact.id, op: "between", value: [low as number, high as number] }
            : {
                all: [
                  { fact: fact.id, op: opens === "[" ? "ge" : "gt", value: low },
                  { fact: fact.id, op: closes === "]" ? "le" : "lt", value: high },
                ],
              };
        return negated ? withoutNot({ not: range }) : range;
      }
    }
    at = from;
    const values = scalars() as string[];
    return { fact: fact.id, op: negated ? "not-in" : "in", value: values };
  };
  const compare = (fact: Fact, sign: string, value: Operand | null): Read => {
    if (value === null) {
      // Nothing holds of null with us, so a guard against it says nothing more.
      if (sign === "!=") return ALWAYS;
      throw new Unreadable("规则不能以“未知”为条件", "a rule cannot ask for what is not known");
    }
    return { fact: fact.id, op: FROM_SIGN[sign]!, value };
  };
  const after = (fact: Fact): Read => {
    const sign = all[at]?.text ?? "";
    if (all[at]?.kind === "sign" && sign in FROM_SIGN) {
      at++;
      return compare(fact, sign, operand());
    }
    if (take("in")) return membership(fact, false);
    if (peek("not") && peek("in", 1)) {
      at += 2;
      return membership(fact, true);
    }
    if (fact.type.kind === "boolean" && isOperandEnd()) return { fact: fact.id, op: "eq", value: true };
    return stop();
  };
  const call = (name: string): Condition => {
    need("(");
    if (name === "startsWith") {
      const fact = factNamed(all[at++]?.text ?? "");
      need(",");
      const start = String(scalar());
      need(")");
      if (fact.type.kind !== "code") throw new Unreadable("startsWith 只用于代码", "startsWith is for codes only");
      return { fact: fact.id, op: "within", value: [fact.type.of === "region" ? start.padEnd(6, "0") : start] };
    }
    const values = scalars() as string[];
    need(",");
    need("#");
    need("in");
    const fact = factNamed(all[at++]?.text ?? "");
    need(")");
    return { fact: fact.id, op: name === "some" ? "any-of" : name === "all" ? "all-of" : "none-of", value: values };
  };
  const primary = (): Read => {
    if (take("(")) {
      const inner = either();
      need(")");
      return inner;
    }
    const token = all[at];
    if (peek("not") || peek("!")) {
      at++;
      const inner = primary();
      return inner === ALWAYS ? stop() : { not: inner };
    }
    if (token?.kind === "name" && peek("(", 1) && ["startsWith", "some", "all", "none"].includes(token.text)) {
      at++;
      return call(token.text);
    }
    if (token?.kind === "name" && token.text !== "true" && token.text !== "false") {
      at++;
      return after(factNamed(token.text));
    }
    // A value before its fact: 5 < fact.
    const value = scalar();
    const sign = all[at]?.text ?? "";
    if (!(sign in TURNED)) return stop();
    at++;
    const fact = factNamed(all[at++]?.text ?? "");
    return compare(fact, TURNED[sign]!, value);
  };
  const join = (part: () => Read, word: string, key: "all" | "any"): Read => {
    const parts: Condition[] = [];
    let always = false;
    do {
      const found = part();
      if (found === ALWAYS) always = true;
      else parts.push(found);
    } while (take(word));
    if (parts.length === 0 || (always && key === "any")) return ALWAYS;
    return parts.length === 1 ? parts[0]! : key === "all" ? { all: parts } : { any: parts };
  };
  const both = (): Read => join(primary, "and", "all");
  const either = (): Read => join(both, "or", "any");
  /** One test of a column's cell: a comparison without its left side, a range, a value, or an expression about `$`. */
  const unary = (fact: Fact): Read => {
    const token = all[at];
    if (token?.kind === "sign" && token.text in FROM_SIGN) return after(fact);
    if (peek("in") || (peek("not") && peek("in", 1))) return after(fact);
    if (peek("[") || (peek("(") && all.slice(at).some((each) => each.text === ".."))) {
      const from = at;
      try {
        return membership(fact, false);
      } catch (error) {
        if (!peek("(")) throw error;
        at = from;
      }
    }
    const isValue = token?.kind === "string" || token?.kind === "number" || peek("-") || peek("true") || peek("false");
    if (!isValue) return either();
    const value = scalar();
    if (fact.type.kind === "words") return { fact: fact.id, op: "any-of", value: [value as string] };
    return { fact: fact.id, op: "eq", value };
  };
  return (): Read => {
    const found = column === null ? either() : join(() => unary(column), ",", "any");
    if (at < all.length) stop();
    return found;
  };
};

/** One row of a decision table: what it gives, and the rules it asks for. */
export type JdmRow = { readonly outputs: Readonly<Record<string, unknown>>; readonly description: string; readonly rules: readonly Rule[] };

const sameWords = (text: string): Text => ({ zh: text, en: text });

const keptRules = (row: Readonly<Record<string, string>>): Map<string, Rule> => {
  try {
    const kept = JSON.parse(row["_zhiwei"] ?? "[]") as { column: string; rule: Rule }[];
    // Only while the cell still says what the rule says: whoever edits the table changes the rule.
    return new Map(kept.filter(({ column, rule }) => cellOf(rule).text === row[column]).map(({ column, rule }) => [column, rule]));
  } catch {
    return new Map();
  }
};

/** The rows of every decision table of a JDM document, as rules of ours; cells that say more than a rule can are faults with their path. */
export const fromJdm = (document: unknown): Result<readonly JdmRow[], readonly Fault[]> => {
  const faults: Fault[] = [];
  const rows: JdmRow[] = [];
  const nodes = (document as { nodes?: unknown } | null)?.nodes;
  const tables = (Array.isArray(nodes) ? nodes : []).flatMap((node: { type?: unknown; content?: Partial<JdmTable> } | null, place) =>
    node?.type === "decisionTableNode" && Array.isArray(node.content?.inputs) && Array.isArray(node.content.rules)
      ? [{ place, content: node.content as JdmTable }]
      : [],
  );
  if (tables.length === 0)
    return err([{ at: "nodes", text: { zh: "没有决策表（decisionTableNode）", en: "there is no decision table (decisionTableNode)" } }]);
  for (const { place, content } of tables) {
    for (const [i, row] of content.rules.entries()) {
      const kept = keptRules(row);
      const rules: Rule[] = [];
      for (const input of content.inputs) {
        const cell = row[input.id];
        const at = `nodes.${place}.content.rules.${i}.${input.id}`;
        if (typeof cell !== "string" || cell.trim() === "" || cell.trim() === "-") continue;
        const known = kept.get(input.id);
        if (known) {
          rules.push(known);
          continue;
        }
        try {
          const column = input.field ? (byName.get(input.field) ?? null) : null;
          if (input.field && !column)
            throw new Unreadable(`指标目录中没有“${input.field}”`, `there is no fact "${input.field}" in the catalogue`);
          const when = reader(cell, column)();
          if (when === ALWAYS) continue;
          const before = faults.length;
          checkCondition(when, at, (path, zh, en) => faults.push({ at: path, text: { zh, en } }));
          if (faults.length > before) continue;
          rules.push({
            id: `rule-${rules.length + 1}`,
            title: sameWords(input.name || cell),
            when,
            unless: [],
            citation: "assumption",
            validFrom: null,
            validTo: null,
          });
        } catch (error) {
          if (!(error instanceof Unreadable)) throw error;
          faults.push({ at, text: error.text });
        }
      }
      const outputs = Object.fromEntries(
        (content.outputs ?? []).map(({ id, field }) => {
          const text = row[id] ?? "";
          try {
            return [field, JSON.parse(text) as unknown];
          } catch {
            return [field, text];
          }
        }),
      );
      rows.push({ outputs, description: row["_description"] ?? "", rules });
    }
  }
  return faults.length > 0 ? err(faults) : ok(rows);
};
