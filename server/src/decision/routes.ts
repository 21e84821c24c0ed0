import {
  actOnApplication,
  applyForFinance,
  decideBatch,
  getApplication,
  listApplications,
  listPolicies,
  proposePolicy,
  replayDecision,
  settlePolicy,
} from "@zhiwei/api/decision";
import type { DecisionPolicy } from "@zhiwei/core/decision";
import { type Actor, recordedName } from "../access/actor.ts";
import { badRequest } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { policiesOf, propose, settle } from "./policy.ts";
import { act, applicationFor, applicationsOf, applyFor, decideMany, replay } from "./store.ts";

const nameOf = (actor: Actor, stated: string | undefined): string => {
  const name = recordedName(actor, stated);
  if (name === null) throw badRequest("须写明由谁操作（by）。", "It must be stated who does this (by).");
  return name;
};

export const decisionRoutes = (serve: Serve, system: System): void => {
  const platform = () => platformOf(system);

  serve(applyForFinance, async ({ body: { key, ...wanted } }, { actor }) => {
    const id = await applyFor(platform(), actor, key, wanted, new Date());
    return applicationFor(platform().db, actor, id);
  });
  serve(listApplications, ({ query }, { actor }) => applicationsOf(platform().db, actor, query));
  serve(getApplication, ({ params }, { actor }) => applicationFor(platform().db, actor, params.id));
  serve(actOnApplication, async ({ params, body }, { actor }) => {
    await act(platform().db, actor, params.id, body, new Date());
    return applicationFor(platform().db, actor, params.id);
  });
  serve(replayDecision, ({ params }, { actor }) => replay(platform().db, actor, params.id));
  serve(decideBatch, ({ body }, { actor }) => decideMany(platform(), actor, body));

  serve(listPolicies, (_, { actor }) => policiesOf(platform().db, actor));
  serve(proposePolicy, ({ params, body }, { actor }) =>
    propose(platform().db, actor, params.provider, body.document as unknown as DecisionPolicy, nameOf(actor, body.by)),
  );
  serve(settlePolicy, ({ params, body }, { actor }) =>
    settle(platform().db, actor, params.provider, params.version, { ...body, by: nameOf(actor, body.by) }),
  );
};
