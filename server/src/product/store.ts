/** The catalogue of products 产品目录: versions, their standing, and what was done with each. */
import type { Selectable } from "kysely";
import type { Output } from "@zhiwei/api/route";
import type { ProductSummary, getProduct } from "@zhiwei/api/product";
import { parseProduct } from "@zhiwei/api/product.schema";
import { type Json, canonicalJson, problem } from "@zhiwei/core/basics";
import {
  type Product,
  type ProductAction,
  type ProductState,
  actOnVersion,
  faultProblem,
  possibleProductActions,
} from "@zhiwei/core/product";
import type { Actor } from "../access/actor.ts";
import { type Db, type Tx, serializable } from "../db/index.ts";
import { type Revision, remembering } from "../db/revision.ts";
import type { Database } from "../db/schema.ts";
import { sha256Hex } from "../system/hash.ts";
import { logRecords } from "../evidence/records.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";

type Row = Selectable<Database["product_version"]>;
export type KeptProduct = { readonly product: Product; readonly sha256: string };

const summaryOf = (row: Row): ProductSummary => {
  const product = JSON.parse(row.document) as Product;
  const { title, summary, kind, provider, limit, term, eligibility, offered, riskSharing } = product;
  return {
    product: row.product_id,
    version: row.version,
    state: row.state,
    kind,
    title,
    summary,
    provider,
    minFen: limit.minFen,
    maxFen: limit.maxFen,
    minMonths: term.minMonths,
    maxMonths: term.maxMonths,
    rules: eligibility.length,
    offeredFrom: offered.from,
    offeredTo: offered.to,
    programme: riskSharing?.programme ?? null,
    sha256: row.sha256,
    madeBy: row.made_by,
    publishedBy: row.published_by,
    publishedAt: row.published_at === null ? null : instant(row.published_at),
  };
};

/** A document out of any JSON; what does not fit is refused with its path. */
export const readDocument = (document: unknown): Product => {
  const parsed = parseProduct(document);
  if (!parsed.ok) throw new Refusal(422, faultProblem(parsed.error));
  return parsed.value;
};

const notYours = new Refusal(
  403,
  problem(
    "not-your-product",
    "机构只能编写、发布和查看自己提供的产品。",
    "An institution writes and publishes its own products alone, and sees whom they fit.",
    "请由产品的提供机构或平台运营方操作。",
    "Have its provider or the operator do it.",
  ),
);
const stale = new Refusal(
  409,
  problem(
    "not-what-was-seen",
    "所见文档与目录中的不同：期间已被他人更改。",
    "The document that was seen is not the one in the catalogue: somebody changed it meanwhile.",
    "请重新打开产品页，核对后再操作。",
    "Open the product's page again and act on what it shows.",
  ),
);
const submitted = new Refusal(
  409,
  problem(
    "not-in-this-state",
    "该产品有已提交、待发布的版本，不能再改。",
    "A version of this product is submitted and waits: it cannot be changed.",
    "请先撤回或驳回，再编写草稿。",
    "Recall or reject it first, then write.",
  ),
);
const otherName = new Refusal(
  422,
  problem(
    "other-product",
    "文档中的编号与地址中的不同。",
    "The id in the document is not the one in the address.",
    "请改为同一个编号。",
    "Make them the same.",
  ),
);

/** An institution has to do with its own products alone. Refuses with `not-your-product`. */
export const ownProduct = (actor: Actor, provider: string): void => {
  if (actor.kind !== "operator" && actor.party !== provider) throw notYours;
};

const note = (tx: Tx, row: Pick<Row, "product_id" | "version" | "sha256">, action: string, by: string, text: string) =>
  tx
    .insertInto("product_event")
    .values({ product_id: row.product_id, version: row.version, action, by_whom: by, note: text, sha256: row.sha256 })
    .execute();

/** Everybody who wrote on a version: overwriting somebody's draft makes nobody a second pair of eyes. */
const writersOf = async (db: Db | Tx, row: Pick<Row, "product_id" | "version">): Promise<string[]> =>
  (
    await db
      .selectFrom("product_event")
      .select("by_whom")
      .distinct()
      .where("product_id", "=", row.product_id)
      .where("version", "=", row.version)
      .where("action", "=", "write")
      .execute()
  ).map(({ by_whom }) => by_whom);

const versionsOf = (db: Db | Tx, id: string): Promise<Row[]> =>
  db.selectFrom("product_version").selectAll().where("product_id", "=", id).orderBy("version", "desc").execute();

/** Writes the draft of the next version, or over the open one. The version is set here, whatever the document says. */
export const putDraft = (
  db: Db,
  actor: Actor,
  id: string,
  given: { readonly by: string; readonly document: unknown; readonly basedOn?: string },
) =>
  serializable(db, async (tx): Promise<ProductSummary> => {
    const versions = await versionsOf(tx, id);
    const open = versions.find(({ state }) => state === "draft" || state === "submitted");
    if (open?.state === "submitted") throw submitted;
    const version = open?.version ?? (versions[0]?.version ?? 0) + 1;
    const asked = typeof given.document === "object" && given.document !== null ? { ...given.document, version } : given.document;
    const product = readDocument(asked);
    if (product.id !== id) throw otherName;
    ownProduct(actor, product.provider.id);
    for (const each of versions) ownProduct(actor, each.provider);
    if (given.basedOn !== undefined && given.basedOn !== (open ?? versions[0])?.sha256) throw stale;
    const document = canonicalJson(product as unknown as Json);
    const values = { provider: product.provider.id, document, sha256: sha256Hex(document), made_by: given.by };
    const row = open
      ? await tx
          .updateTable("product_version")
          .set({ ...values, submitted_by: null, changed_at: new Date().toISOString() })
          .where("product_id", "=", id)
          .where("version", "=", version)
          .returningAll()
          .executeTakeFirstOrThrow()
      : await tx
          .insertInto("product_version")
          .values({ product_id: id, version, ...values })
          .returningAll()
          .executeTakeFirstOrThrow();
    await note(tx, row, "write", given.by, "");
    return summaryOf(row);
  });

type Asked = {
  readonly action: ProductAction;
  readonly version: number;
  readonly by: string;
  readonly note?: string;
  readonly sha256?: string;
};

/** Does an action with a version, in one transaction with its record and, of what becomes live or ceases to be, its evidence. */
export const actOnProductVersion = (db: Db, actor: Actor, id: string, asked: Asked): Promise<ProductSummary> =>
  serializable(db, async (tx) => {
    const { action, version, by, note: text = "", sha256 } = asked;
    const versions = await versionsOf(tx, id);
    const row = versions.find((each) => each.version === version);
    if (!row) throw notFound({ zh: "产品版本", en: "version of a product" }, `${id}@${version}`);
    ownProduct(actor, row.provider);
    if ((action === "publish" && sha256 === undefined) || (sha256 !== undefined && sha256 !== row.sha256)) throw stale;
    const next = actOnVersion({ state: row.state, writtenBy: await writersOf(tx, row), submittedBy: row.submitted_by }, action, by, text);
    if (!next.ok) throw new Refusal(409, next.error);
    const now = new Date();
    if (action === "publish") {
      const live = versions.find(({ state }) => state === "published");
      if (live) {
        await tx
          .updateTable("product_version")
          .set({ state: "replaced", changed_at: now.toISOString() })
          .where("product_id", "=", id)
          .where("version", "=", live.version)
          .execute();
        await note(tx, live, "replaced", by, `${id}@${version}`);
      }
    }
    const changed = await tx
      .updateTable("product_version")
      .set({
        state: next.value.state,
        submitted_by: next.value.submittedBy,
        changed_at: now.toISOString(),
        ...(action === "publish" ? { published_by: by, published_at: now.toISOString() } : {}),
      })
      .where("product_id", "=", id)
      .where("version", "=", version)
      .returningAll()
      .executeTakeFirstOrThrow();
    await note(tx, row, action, by, text);
    if (action === "publish" || action === "withdraw")
      await logRecords(
        tx,
        [{ kind: "product", subject: null, content: { product: id, version, sha256: row.sha256, action, by }, about: row.sha256 }],
        now,
      );
    return summaryOf(changed);
  });

/** Drafts are their provider's and the operator's business; everybody sees what was published. */
const isSeen = (actor: Actor, row: Pick<Row, "state" | "provider">): boolean =>
  actor.kind === "operator" ||
  actor.kind === "supervisor" ||
  actor.party === row.provider ||
  (row.state !== "draft" && row.state !== "submitted");

export const listVersions = async (db: Db, actor: Actor, state?: ProductState): Promise<ProductSummary[]> => {
  let query = db.selectFrom("product_version").selectAll();
  query = state === undefined ? query.where("state", "in", ["draft", "submitted", "published"]) : query.where("state", "=", state);
  const rows = await query.orderBy("product_id").orderBy("version").execute();
  return rows.filter((row) => isSeen(actor, row)).map(summaryOf);
};

export const productDetails = async (db: Db, actor: Actor, id: string, version?: number): Promise<Output<typeof getProduct>> => {
  const versions = (await versionsOf(db, id)).filter((row) => isSeen(actor, row));
  const row =
    version === undefined
      ? (versions.find(({ state }) => state === "published") ?? versions[0])
      : versions.find((each) => each.version === version);
  if (!row) throw notFound({ zh: "产品", en: "product" }, version === undefined ? id : `${id}@${version}`);
  const events = await db.selectFrom("product_event").selectAll().where("product_id", "=", id).orderBy("id").execute();
  const seen = new Set(versions.map((each) => each.version));
  return {
    summary: summaryOf(row),
    document: JSON.parse(row.document) as Output<typeof getProduct>["document"],
    versions: versions.map(summaryOf),
    events: events
      .filter((event) => seen.has(event.version))
      .map((event) => ({
        version: event.version,
        action: event.action,
        by: event.by_whom,
        note: event.note,
        sha256: event.sha256,
        at: instant(event.at),
      })),
    actions: possibleProductActions({ state: row.state, writtenBy: await writersOf(db, row), submittedBy: row.submitted_by }),
  };
};

/** The open draft of a product and its live version, where there are such. */
export const openAndLive = async (
  db: Db,
  actor: Actor,
  id: string,
): Promise<{ readonly open: KeptProduct | null; readonly live: KeptProduct | null }> => {
  const versions = (await versionsOf(db, id)).filter((row) => isSeen(actor, row));
  const kept = (row: Row | undefined): KeptProduct | null =>
    row ? { product: JSON.parse(row.document) as Product, sha256: row.sha256 } : null;
  return {
    open: kept(versions.find(({ state }) => state === "draft" || state === "submitted")),
    live: kept(versions.find(({ state }) => state === "published")),
  };
};

/** Documents never change, so those read once need not be read again. */
const documents = new Map<string, Product>();

/** The live products, by id, and whether any was ever entered. */
export const liveProducts = (db: Db, revision?: Revision | null): Promise<Live> => live(db, revision, "", () => readLive(db));

type Live = { readonly products: readonly KeptProduct[]; readonly entered: boolean };
const live = remembering<Live>(["products"], 1);

const readLive = async (db: Db): Promise<Live> => {
  const published = await db
    .selectFrom("product_version")
    .select(["product_id", "version", "sha256"])
    .where("state", "=", "published")
    .orderBy("product_id")
    .execute();
  const unread = published.filter(({ sha256 }) => !documents.has(sha256)).map(({ sha256 }) => sha256);
  if (unread.length > 0) {
    const rows = await db.selectFrom("product_version").select(["sha256", "document"]).where("sha256", "in", unread).execute();
    if (documents.size > 5000) documents.clear();
    for (const { sha256, document } of rows) documents.set(sha256, JSON.parse(document) as Product);
  }
  const products = published.map(({ sha256 }) => ({ product: documents.get(sha256)!, sha256 }));
  const entered =
    published.length > 0 || (await db.selectFrom("product_version").select("product_id").limit(1).executeTakeFirst()) !== undefined;
  return { products, entered };
};
