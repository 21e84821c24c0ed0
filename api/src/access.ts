import { type Static, Type } from "typebox";
import { Nullable, PARTY_KINDS, TextSchema, route } from "./route.ts";

export const PartyKindSchema = Type.Enum([...PARTY_KINDS]);

export const PartySchema = Type.Object(
  {
    id: Type.String({ description: "`operator`, `enterprise:<id>`, or that of an institution" }),
    kind: PartyKindSchema,
    name: TextSchema,
    demonstration: Type.Boolean({ description: "Made for demonstration: there is no such institution" }),
  },
  { $id: "Party" },
);
export type Party = Static<typeof PartySchema>;

export const SeatSchema = Type.Object({ id: Type.String(), party: PartySchema, post: TextSchema }, { $id: "Seat" });
export type Seat = Static<typeof SeatSchema>;

export const SessionSchema = Type.Object(
  {
    /**
     * `account`: signed in. `key`: a machine with its key. `machine`: whoever sits at this machine, as long as there is no account.
     * `seat`: a seat of the demonstration. `none`: not signed in.
     */
    by: Type.Enum(["account", "key", "machine", "seat", "none"]),
    party: Nullable(PartySchema),
    enterprise: Nullable(Type.String({ description: "The enterprise that an owner acts for" })),
    name: Nullable(Type.String({ description: "As it stands in what is recorded" })),
    post: Nullable(TextSchema),
    seat: Nullable(Type.String()),
    seats: Nullable(
      Type.Array(SeatSchema, { description: "Seats that may be taken without a password, beside `enterprise:<id>`; null where none may" }),
    ),
  },
  { $id: "Session" },
);
export type Session = Static<typeof SessionSchema>;

export const getSession = route({
  id: "getSession",
  method: "GET",
  path: "/session",
  tag: "access",
  summary: { zh: "当前是谁在操作", en: "Who is asking" },
  audience: "public",
  reply: SessionSchema,
});

export const takeSeat = route({
  id: "takeSeat",
  method: "POST",
  path: "/session/seat",
  tag: "access",
  summary: {
    zh: "演示：换一个席位（无需口令；有账号之后不再提供）",
    en: "Demonstration: take another seat, without a password; no longer once there is an account",
  },
  audience: "public",
  body: Type.Object(
    { seat: Type.String({ maxLength: 200, description: "Id of a seat, or `enterprise:<id>` for the owner of an enterprise" }) },
    { additionalProperties: false },
  ),
  reply: SessionSchema,
});

export const listOwnerSeats = route({
  id: "listOwnerSeats",
  method: "GET",
  path: "/session/owner-seats",
  tag: "access",
  summary: {
    zh: "演示：企业负责人的席位，可检索（至多 20 个）",
    en: "Demonstration: seats of owners of enterprises, searched for (20 at most)",
  },
  audience: "public",
  query: Type.Object({ search: Type.Optional(Type.String({ maxLength: 100 })) }),
  reply: Type.Array(SeatSchema),
});

export const listParties = route({
  id: "listParties",
  method: "GET",
  path: "/parties",
  tag: "access",
  summary: { zh: "平台上的机构", en: "The institutions on the platform" },
  audience: PARTY_KINDS,
  reply: Type.Array(PartySchema),
});
