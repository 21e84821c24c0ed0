import type { FastifyRequest } from "fastify";
import { type Session, getSession, listOwnerSeats, listParties as listPartiesRoute, takeSeat } from "@zhiwei/api/access";
import { problem } from "@zhiwei/core/basics";
import { Refusal, notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import type { Access, Who } from "./actor-of.ts";
import { listParties, partyOf } from "./parties.ts";
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

  const sessionOf = async (who: Who | null, request: FastifyRequest): Promise<Session> => ({
    by: who?.by ?? "none",
    party: who && (await partyOf(db(), who.actor.party)),
    enterprise: who?.actor.enterprise ?? null,
    name: who?.actor.name ?? null,
    post: who?.post ?? null,
    seat: who?.seat ?? null,
    seats: (await access.seatsOpen(request)) ? await listSeats(db()) : null,
  });

  serve(getSession, async (_, { request }) => sessionOf(await access.who(request), request));

  serve(takeSeat, async ({ body }, { request, reply }) => {
    if (!(await access.seatsOpen(request))) throw noSeats;
    const seat = await seatOf(db(), body.seat);
    if (!seat) throw notFound({ zh: "席位", en: "seat" }, body.seat);
    void reply.header("set-cookie", seatCookie(body.seat));
    return sessionOf({ by: "seat", ...seat, seat: body.seat }, request);
  });

  serve(listOwnerSeats, async ({ query }, { request }) => {
    if (!(await access.seatsOpen(request))) throw noSeats;
    return findOwnerSeats(db(), query.search ?? "");
  });

  serve(listPartiesRoute, () => listParties(db()));
};
