import type { FastifyRequest } from "fastify";
import * as api from "@zhiwei/api/access";
import { problem } from "@zhiwei/core/basics";
import { Refusal, notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { addAccount, listAccounts, madePassword, setDisabled, setPassword } from "./accounts.ts";
import { recordedName } from "./actor.ts";
import type { Access, Who } from "./actor-of.ts";
import { addKey, listKeys, revokeKey } from "./keys.ts";
import { addParty, listParties, partyOf } from "./parties.ts";
import { findOwnerSeats, listSeats, seatCookie, seatOf } from "./seats.ts";

const noSeats = new Refusal(
  403,
  problem(
    "no-seats",
    "这里不能换席位。",
    "No seat can be taken here.",
    "席位只供本机上尚无账号的演示使用；有账号之后请登录。",
    "Seats are for a demonstration on this machine without accounts; once there are accounts, sign in.",
  ),
);

export const accessRoutes = (serve: Serve, system: System, access: Access): void => {
  const db = () => platformOf(system).db;

  const sessionOf = async (who: Who | null, request: FastifyRequest): Promise<api.Session> => ({
    by: who?.by ?? "none",
    party: who && (await partyOf(db(), who.actor.party)),
    enterprise: who?.actor.enterprise ?? null,
    name: who?.actor.name ?? null,
    recordedAs: who && recordedName(who.actor, undefined),
    post: who?.post ?? null,
    seat: who?.seat ?? null,
    seats: (await access.seatsOpen(request)) ? await listSeats(db()) : null,
  });

  serve(api.getSession, async (_, { request }) => sessionOf(await access.who(request), request));

  serve(api.takeSeat, async ({ body }, { request, reply }) => {
    if (!(await access.seatsOpen(request))) throw noSeats;
    const seat = await seatOf(db(), body.seat);
    if (!seat) throw notFound({ zh: "席位", en: "seat" }, body.seat);
    void reply.header("set-cookie", seatCookie(body.seat));
    return sessionOf({ by: "seat", ...seat, seat: body.seat }, request);
  });

  serve(api.listOwnerSeats, async ({ query }, { request }) => {
    if (!(await access.seatsOpen(request))) throw noSeats;
    return findOwnerSeats(db(), query.search ?? "");
  });

  serve(api.listParties, () => listParties(db()));
  serve(api.addParty, ({ body }) => addParty(db(), body as Parameters<typeof addParty>[1]));

  serve(api.listAccounts, () => listAccounts(db()));
  serve(api.addAccount, async ({ body }, { reply }) => {
    const password = madePassword();
    void reply.header("cache-control", "no-store");
    return { account: await addAccount(db(), { ...body, password }), password };
  });
  serve(api.changeAccount, async ({ params, body }, { reply }) => {
    const password = body.change === "new-password" ? madePassword() : null;
    const account =
      password === null ? await setDisabled(db(), params.id, body.change === "disable") : await setPassword(db(), params.id, password);
    access.forget();
    void reply.header("cache-control", "no-store");
    return { account, password };
  });

  serve(api.listKeys, () => listKeys(db()));
  serve(api.addKey, async ({ params, body }, { reply }) => {
    void reply.header("cache-control", "no-store");
    return addKey(db(), await access.auth(), params.id, body.name, body.days);
  });
  serve(api.revokeKey, async ({ params }) => {
    await revokeKey(db(), params.id);
    access.forget();
    return {};
  });
};
