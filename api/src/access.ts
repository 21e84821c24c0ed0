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
    name: Nullable(Type.String({ description: "Of the account or post" })),
    recordedAs: Nullable(
      Type.String({ description: "Name under which what is done is recorded; null where it is as stated, for nobody is signed in" }),
    ),
    post: Nullable(TextSchema),
    seat: Nullable(Type.String()),
    seats: Nullable(
      Type.Array(SeatSchema, { description: "Seats that may be taken without a password, beside `enterprise:<id>`; null where none may" }),
    ),
  },
  { $id: "Session" },
);
export type Session = Static<typeof SessionSchema>;

/** Where better-auth answers: `/sign-in/email`, `/sign-out` and `/change-password` below this address, by POST. */
export const AUTH_PATH = "/api/auth";

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

const PartyId = Type.String({ pattern: "^[a-z0-9][a-z0-9-]{1,39}$" });
const Name = Type.String({ minLength: 1, maxLength: 60, pattern: "\\S" });

export const addParty = route({
  id: "addParty",
  method: "POST",
  path: "/parties",
  tag: "access",
  summary: { zh: "登记一家机构", en: "Register an institution" },
  audience: ["operator"],
  body: Type.Object(
    {
      id: PartyId,
      kind: Type.Enum(PARTY_KINDS.filter((kind) => kind !== "operator" && kind !== "enterprise")),
      name: Type.Object({ zh: Name, en: Name }, { additionalProperties: false }),
    },
    { additionalProperties: false },
  ),
  reply: PartySchema,
});

export const AccountSchema = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    name: Type.String({ description: "Of the person or post; once in a party" }),
    party: Type.String(),
    post: Type.String(),
    disabled: Type.Boolean(),
    createdAt: Type.String(),
  },
  { $id: "Account" },
);
export type Account = Static<typeof AccountSchema>;

/** A password that was made is told once, and kept as a hash. */
const WithPassword = Type.Object({
  account: AccountSchema,
  password: Nullable(Type.String({ description: "The password that was made; null where none was. It is not shown again" })),
});

export const listAccounts = route({
  id: "listAccounts",
  method: "GET",
  path: "/accounts",
  tag: "access",
  summary: { zh: "全部账号", en: "All accounts" },
  audience: ["operator"],
  reply: Type.Array(AccountSchema),
});

export const addAccount = route({
  id: "addAccount",
  method: "POST",
  path: "/accounts",
  tag: "access",
  summary: {
    zh: "建立账号；口令由平台生成，只显示一次。第一个账号须属于平台运营方",
    en: "Make an account with a password made for it, shown once. The first must be the operator's",
  },
  audience: ["operator"],
  body: Type.Object(
    {
      party: Type.String({ maxLength: 200, description: "`operator`, an institution, or `enterprise:<id>`" }),
      email: Type.String({ pattern: "^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", maxLength: 200 }),
      post: Name,
      name: Type.Optional(Name),
    },
    { additionalProperties: false },
  ),
  reply: WithPassword,
});

export const changeAccount = route({
  id: "changeAccount",
  method: "POST",
  path: "/accounts/:id/changes",
  tag: "access",
  summary: {
    zh: "停用、启用账号，或换发口令；停用与换发立即结束其会话",
    en: "Disable or enable an account, or give it a new password; disabling and a new password end its sessions at once",
  },
  audience: ["operator"],
  params: Type.Object({ id: Type.String() }),
  body: Type.Object({ change: Type.Enum(["disable", "enable", "new-password"]) }, { additionalProperties: false }),
  reply: WithPassword,
});

/** Days that a key holds at most. */
export const MOST_KEY_DAYS = 365;

export const KeySchema = Type.Object(
  {
    id: Type.String(),
    account: Type.String({ description: "Whoever bears the key acts as this account" }),
    name: Type.String({ description: "Of the machine or program" }),
    start: Type.String({ description: "How the key begins; of the rest a hash is kept" }),
    createdAt: Type.String(),
    expiresAt: Nullable(Type.String()),
    lastUsedAt: Nullable(Type.String({ description: "To within five seconds" })),
  },
  { $id: "Key" },
);
export type Key = Static<typeof KeySchema>;

export const listKeys = route({
  id: "listKeys",
  method: "GET",
  path: "/keys",
  tag: "access",
  summary: { zh: "机构程序的密钥", en: "Keys of institutions' machines" },
  audience: ["operator"],
  reply: Type.Array(KeySchema),
});

export const addKey = route({
  id: "addKey",
  method: "POST",
  path: "/accounts/:id/keys",
  tag: "access",
  summary: {
    zh: "为账号发放密钥，只显示一次；以 authorization: Bearer 或 x-api-key 携带",
    en: "Give an account a key, shown once; it is sent as authorization: Bearer or x-api-key",
  },
  audience: ["operator"],
  params: Type.Object({ id: Type.String() }),
  body: Type.Object({ name: Name, days: Type.Integer({ minimum: 1, maximum: MOST_KEY_DAYS }) }, { additionalProperties: false }),
  reply: Type.Object({ key: KeySchema, secret: Type.String() }),
});

export const revokeKey = route({
  id: "revokeKey",
  method: "DELETE",
  path: "/keys/:id",
  tag: "access",
  summary: { zh: "收回密钥，立即失效", en: "Revoke a key, at once" },
  audience: ["operator"],
  params: Type.Object({ id: Type.String() }),
  reply: Type.Object({}),
});
