import type { ConsentDocument, ConsentRequest, ReadDocument } from "@zhiwei/api/consent";
import {
  actOnObjection,
  askForConsent,
  cancelConsentRequest,
  declineConsentRequest,
  draftConsent,
  getConsentTerms,
  giveConsent,
  listConsents,
  listHeldConsents,
  listObjections,
  listOpenObjections,
  listReads,
  raiseObjection,
  withdrawConsent,
} from "@zhiwei/api/consent";
import { type Text, problem } from "@zhiwei/core/basics";
import { DATA_CLASSES, PURPOSES, dataClasses, lastDayOf, purposes, readSubjects, standingOf } from "@zhiwei/core/consent";
import { listParties, partyOf } from "../access/parties.ts";
import { requireEnterprise } from "../enterprise/require.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import type { Db } from "../db/index.ts";
import * as objections from "./objections.ts";
import { readersOf, readsOf } from "./reads.ts";
import * as store from "./store.ts";

type Names = (id: string) => { id: string; name: Text };

/** Names of institutions and of the owners who read; a party that is gone keeps its id. */
const namesOf = async (db: Db): Promise<Names> => {
  const known = new Map((await listParties(db)).map((party) => [party.id, party.name]));
  return (id) => {
    const own = id.startsWith("enterprise:") ? id.slice("enterprise:".length) : null;
    return { id, name: known.get(id) ?? (own === null ? { zh: id, en: id } : { zh: `企业 ${own}`, en: `Enterprise ${own}` }) };
  };
};

const toConsent = (names: Names, now: string, consent: store.KeptConsent): ConsentDocument => {
  const { shown, recipient, purposes: given, classes, separate, ...rest } = consent;
  return {
    ...rest,
    recipient: names(recipient),
    purposes: [...given],
    classes: [...classes],
    separate: [...separate],
    lastDay: lastDayOf(consent),
    standing: standingOf(consent, now),
    wording: shown.version,
    language: shown.language,
    text: shown.text,
    separateTexts: separate.flatMap((each) => (shown.separate[each] === undefined ? [] : [{ class: each, text: shown.separate[each] }])),
  };
};

const toRequest = (names: Names, request: store.KeptRequest): ConsentRequest => ({ ...request, recipient: names(request.recipient) });

const paperWanted = new Refusal(
  422,
  problem(
    "no-paper",
    "运营方代为登记授权时，须写明已签署的纸质文件存放在哪里。",
    "Where the operator enters a consent, it has to say where the signed paper is kept.",
    "请填写文件编号或存放处；企业也可以在自己的页面直接授权。",
    "Give its number or place; or have the enterprise consent on its own page.",
  ),
);
const operatorOnly = new Refusal(
  403,
  problem(
    "not-for-this-party",
    "异议由平台运营方核查和答复。",
    "Objections are verified and answered by the operator.",
    "企业可以撤回自己的异议，或补充提出新的异议。",
    "The enterprise can withdraw its objection, or raise another.",
  ),
);

export const consentRoutes = (serve: Serve, system: System): void => {
  const db = () => platformOf(system).db;

  const recipientName = async (id: string): Promise<Text> => {
    const party = id === "operator" ? null : await partyOf(db(), id);
    if (!party || party.kind === "enterprise") throw notFound({ zh: "机构", en: "institution" }, id.slice(0, 100));
    return party.name;
  };
  const consents = async (found: readonly store.KeptConsent[]) => {
    const names = await namesOf(db());
    const now = new Date().toISOString();
    return found.map((each) => toConsent(names, now, each));
  };
  const requests = async (found: readonly store.KeptRequest[]) => {
    const names = await namesOf(db());
    return found.map((each) => toRequest(names, each));
  };

  serve(getConsentTerms, () => ({
    purposes: PURPOSES.map((id) => ({ id, ...purposes[id] })),
    classes: DATA_CLASSES.map((id) => ({ id, ...dataClasses[id] })),
  }));

  serve(listConsents, async ({ params }) => {
    await requireEnterprise(db(), params.id);
    return {
      consents: await consents(await store.consentsOf(db(), params.id)),
      requests: await requests(await store.listRequests(db(), { enterprise: params.id })),
    };
  });

  serve(draftConsent, async ({ params, body: { language, ...wanted } }) =>
    store.draftConsent(db(), { ...wanted, enterprise: params.id }, await recipientName(wanted.recipient), language),
  );

  serve(giveConsent, async ({ params, body: { sha256, request, paper, ...wanted } }, { actor }) => {
    const byOperator = actor.kind === "operator";
    if (byOperator && !paper?.trim()) throw paperWanted;
    const [given] = await store.grantConsents(db(), [
      {
        ...wanted,
        enterprise: params.id,
        recipientName: await recipientName(wanted.recipient),
        shownSha256: sha256,
        given: byOperator ? "paper" : "console",
        by: actor.name,
        note: byOperator ? paper!.trim() : "",
        request: request ?? null,
      },
    ]);
    return (await consents([given!]))[0]!;
  });

  serve(withdrawConsent, async ({ params }, { actor }) => {
    const consent = await store.consentById(db(), params.consent);
    if (consent.enterprise !== params.id) throw notFound({ zh: "授权", en: "consent" }, params.consent.slice(0, 100));
    return (await consents([await store.withdrawConsent(db(), params.consent, actor.name)]))[0]!;
  });

  serve(listHeldConsents, async ({ query }, { actor }) => {
    const { page = 1, pageSize = 25, endsWithinDays } = query;
    const [held, soon, sent] = await Promise.all([
      store.consentsTo(db(), actor.party, { page, pageSize, endsWithinDays }),
      store.consentsTo(db(), actor.party, { page: 1, pageSize: 1, endsWithinDays: 30 }),
      store.listRequests(db(), { recipient: actor.party }),
    ]);
    const documents = await consents(held.items);
    return {
      items: held.items.map(({ enterpriseName }, place) => ({ enterpriseName, consent: documents[place]! })),
      total: held.total,
      page,
      pageSize,
      endingSoon: soon.total,
      requests: await requests(sent),
    };
  });

  serve(askForConsent, async ({ params, body }, { actor }) => {
    const asked = await store.askForConsent(db(), actor, { ...body, enterprise: params.id });
    return (await requests([asked]))[0]!;
  });

  serve(declineConsentRequest, async ({ params, body }, { actor }) => {
    const request = await store.requestById(db(), params.request);
    if (request.enterprise !== params.id) throw notFound({ zh: "授权请求", en: "request for consent" }, params.request.slice(0, 100));
    return (await requests([await store.closeRequest(db(), params.request, "declined", actor.name, body.answer ?? "")]))[0]!;
  });

  serve(cancelConsentRequest, async ({ params }, { actor }) => {
    const request = await store.requestById(db(), params.request);
    if (request.recipient !== actor.party) throw notFound({ zh: "授权请求", en: "request for consent" }, params.request.slice(0, 100));
    return (await requests([await store.closeRequest(db(), params.request, "cancelled", actor.name, "")]))[0]!;
  });

  serve(listReads, async ({ params, query }) => {
    await requireEnterprise(db(), params.id);
    const { page = 1, pageSize = 25, party, outcome } = query;
    const [reads, readers, names] = await Promise.all([
      readsOf(db(), params.id, { party, outcome }, { page, pageSize }),
      readersOf(db(), params.id),
      namesOf(db()),
    ]);
    return {
      items: reads.items.map((read): ReadDocument => ({
        id: read.id,
        at: read.at,
        party: names(read.party),
        actor: read.actor,
        purpose: read.purpose,
        classes: [...read.classes],
        what: read.what,
        whatName: readSubjects[read.what],
        basis: read.basis,
        consents: [...read.consents],
        denial: read.denial,
      })),
      total: reads.total,
      page,
      pageSize,
      readers: readers.map(({ party: by, ...reader }) => ({
        ...reader,
        party: names(by),
        classes: [...reader.classes],
        purposes: [...reader.purposes],
      })),
    };
  });

  serve(listObjections, async ({ params }) => {
    await requireEnterprise(db(), params.id);
    return objections.objectionsOf(db(), params.id);
  });
  serve(listOpenObjections, () => objections.openObjections(db()));
  serve(raiseObjection, async ({ params, body }, { actor }) => {
    await requireEnterprise(db(), params.id);
    return objections.raiseObjection(db(), { ...body, enterprise: params.id, by: actor.name });
  });
  serve(actOnObjection, ({ params, body }, { actor }) => {
    // What the enterprise says is wrong, somebody else has to look into.
    if (actor.kind === "enterprise" && body.action !== "withdraw") throw operatorOnly;
    return objections.actOnObjection(db(), {
      enterprise: params.id,
      id: params.objection,
      action: body.action,
      answer: body.answer ?? "",
      by: actor.name,
    });
  });
};
