import {
  changePledge,
  getPledge,
  getPledgeEvidence,
  listPledges,
  objectToPledge,
  registerPledge,
  releasePledge,
  searchPledge,
} from "@zhiwei/api/pledge";
import { evidenceOf } from "../evidence/routes.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { evidenceOfStep } from "./evidence.ts";
import { consortiumKey } from "./key.ts";
import { type Registry, change, details, list, object, register, release, search } from "./registry.ts";

export const pledgeRoutes = (serve: Serve, system: System): void => {
  const plain = () => ({ db: platformOf(system).db, chain: system.pledgeChain });
  const registry = async (): Promise<Registry> => ({ ...plain(), key: await consortiumKey(system.config) });
  serve(listPledges, ({ query }, { actor }) => list(plain().db, actor, query, new Date()));
  serve(registerPledge, async ({ body }, { actor }) => register(await registry(), actor, body, new Date()));
  serve(searchPledge, async ({ body }, { actor }) => search(await registry(), actor, body, new Date()));
  serve(getPledge, ({ params }, { actor }) => details(plain().db, actor, params.id, new Date()));
  serve(getPledgeEvidence, async ({ params }, { actor }) =>
    evidenceOfStep(plain().db, await evidenceOf(system), actor, params, new Date()),
  );
  serve(changePledge, ({ params, body }, { actor }) => change(plain(), actor, params.id, body, new Date()));
  serve(releasePledge, ({ params, body }, { actor }) => release(plain(), actor, params.id, body, new Date()));
  serve(objectToPledge, ({ params, body }, { actor }) => object(plain(), actor, params.id, body, new Date()));
};
