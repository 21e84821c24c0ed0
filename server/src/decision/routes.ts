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
import { actingName } from "../access/actor.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { policiesOf, propose, settle } from "./policy.ts";
import { act, applicationFor, applicationsOf, applyFor, decideMany, replay } from "./store.ts";

export const decisionRoutes = (serve: Serve, system: System): void => {
  const platform = () => platformOf(system);

  serve(applyForFinance, ({ body: { key, ...wanted } }, { actor }) => applyFor(platform(), actor, key, wanted, new Date()));
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
    propose(platform().db, actor, params.provider, body.document as unknown as DecisionPolicy, actingName(actor, body.by)),
  );
  serve(settlePolicy, ({ params, body }, { actor }) =>
    settle(platform().db, actor, params.provider, params.version, { ...body, by: actingName(actor, body.by) }),
  );
};
