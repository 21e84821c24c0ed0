import {
  actOnProduct,
  exportProducts,
  getProduct,
  listFacts,
  listFits,
  listProducts,
  listShares,
  matchEnterprise,
  matchEnterpriseBriefly,
  matchRequest,
  putProductDraft,
  readDecisionTable,
  tryProduct,
} from "@zhiwei/api/product";
import type { Output } from "@zhiwei/api/route";
import { problem } from "@zhiwei/core/basics";
import type { Purpose } from "@zhiwei/core/consent";
import { factCatalogue, faultProblem, fromJdm, operatorsOf, toJdm } from "@zhiwei/core/product";
import { type Actor, actingName } from "../access/actor.ts";
import { permitList, permitRead } from "../consent/index.ts";
import { Refusal } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { briefMatchOf, fitsFor, matchOf, matchStated, sharesFor, trialOf } from "./match.ts";
import { actOnProductVersion, listVersions, liveProducts, openAndLive, productDetails, putDraft, readDocument } from "./store.ts";

const noDraft = new Refusal(
  409,
  problem(
    "no-draft",
    "该产品没有草稿。",
    "The product has no draft.",
    "请先写入草稿，或在请求中给出文档。",
    "Write one first, or send the document.",
  ),
);

export const productRoutes = (serve: Serve, system: System): void => {
  const platform = () => platformOf(system);

  serve(listProducts, ({ query }, { actor }) => listVersions(platform().db, actor, query.state));
  serve(listFacts, () =>
    factCatalogue
      .filter((fact) => fact.movedBySplitting === null)
      .map((fact) => ({
        fact: fact.id,
        name: fact.name,
        source: fact.source,
        type: fact.type.kind,
        unit: fact.type.kind === "number" ? fact.type.unit : null,
        words:
          fact.type.kind === "word" || fact.type.kind === "words"
            ? Object.entries(fact.type.words).map(([word, name]) => ({ word, name }))
            : [],
        operators: [...operatorsOf(fact)],
        record: fact.settledBy.record,
        recordName: fact.settledBy.name,
      })),
  );
  serve(exportProducts, async ({ params }) => {
    const { products } = await liveProducts(platform().db);
    const documents = products.map(({ product }) => product);
    const [name, document] = params.format === "jdm" ? ["eligibility.jdm.json", toJdm(documents)] : ["products.json", documents];
    return { type: "application/json; charset=utf-8", name, content: JSON.stringify(document, null, 2) };
  });
  serve(readDecisionTable, ({ body }) => {
    const read = fromJdm(body.document);
    if (!read.ok) throw new Refusal(422, faultProblem(read.error));
    return read.value as unknown as Output<typeof readDecisionTable>;
  });
  serve(getProduct, ({ params, query }, { actor }) => productDetails(platform().db, actor, params.id, query.version));
  serve(putProductDraft, ({ params, body }, { actor }) =>
    putDraft(platform().db, actor, params.id, { ...body, by: actingName(actor, body.by) }),
  );
  serve(actOnProduct, ({ params, body }, { actor }) =>
    actOnProductVersion(platform().db, actor, params.id, { ...body, by: actingName(actor, body.by) }),
  );
  serve(tryProduct, async ({ params, body }, { actor }) => {
    const { open, live } = await openAndLive(platform().db, actor, params.id);
    const draft = body.document === undefined ? open?.product : readDocument(body.document);
    if (!draft) throw noDraft;
    const permit = permitList(actor, { classes: ["profile"], what: "match" });
    return trialOf(platform(), permit, draft, live?.product ?? null, body.on);
  });

  serve(listFits, ({ params, query }, { actor }) =>
    fitsFor(platform(), permitList(actor, { classes: ["profile"], what: "match" }), params.id, query),
  );
  serve(listShares, ({ query }, { actor }) => sharesFor(platform(), actor, query.on));

  const toMatch = (actor: Actor, enterprise: string, purpose: Purpose | undefined) =>
    permitRead(platform().db, actor, { enterprise, purpose, classes: ["profile"], what: "match" });
  serve(matchEnterprise, async ({ params, query, body }, { actor }) =>
    matchOf(platform(), await toMatch(actor, params.id, query.purpose), body),
  );
  serve(matchEnterpriseBriefly, async ({ params, query, body }, { actor }) =>
    briefMatchOf(platform(), await toMatch(actor, params.id, query.purpose), body),
  );
  serve(matchRequest, ({ body }) => matchStated(platform(), body));
};
