import {
  addWebhook,
  changeWebhook,
  listDeliveries,
  listWebhooks,
  readDelivery,
  removeWebhook,
  replayEvents,
  trialWebhook,
} from "@zhiwei/api/events";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { type Seal, openSeal } from "./seal.ts";
import * as store from "./store.ts";

export const eventRoutes = (serve: Serve, system: System): void => {
  const db = () => platformOf(system).db;
  let seal: Promise<Seal> | null = null;
  const settings = async () => ({ seal: await (seal ??= openSeal(system.config)), local: system.config.webhooksLocal });

  serve(listWebhooks, (_, { actor }) => store.webhooksOf(db(), actor));
  serve(addWebhook, async ({ body }, { actor }) => store.addWebhook(db(), await settings(), actor, body, new Date()));
  serve(changeWebhook, async ({ params, body }, { actor }) =>
    store.changeWebhook(db(), await settings(), actor, params.id, body, new Date()),
  );
  serve(removeWebhook, async ({ params }, { actor }) => {
    await store.removeWebhook(db(), actor, params.id);
    return { removed: params.id };
  });
  serve(listDeliveries, ({ params, query }, { actor }) => store.deliveriesOf(db(), actor, params.id, query));
  serve(readDelivery, ({ params }, { actor }) => store.deliveryOf(db(), actor, params.id, params.event, system.url));
  serve(trialWebhook, async ({ params }, { actor }) => ({ event: await store.trialOf(db(), actor, params.id, new Date()) }));
  serve(replayEvents, ({ params, body }, { actor }) => store.replayEvents(db(), actor, params.id, body, new Date()));
};
