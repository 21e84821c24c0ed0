/** Keys 密钥 of institutions' machines, kept as hashes by better-auth's plugin: whoever bears one acts as the account that it was given to. */
import type { Key } from "@zhiwei/api/access";
import type { Db } from "../db/index.ts";
import { notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";
import type { Auth } from "./sign-in.ts";

export const KEY_PREFIX = "zw_";

type KeyApi = {
  createApiKey(input: { body: { userId: string; name: string; expiresIn: number } }): Promise<{ id: string; key: string }>;
  verifyApiKey(input: { body: { key: string } }): Promise<{ valid: boolean; key: { referenceId: string; expiresAt: Date | null } | null }>;
};
/** What the plugin adds to the library's own calls. */
const callsOf = (auth: Auth): KeyApi => auth.api as unknown as KeyApi;

const keys = (db: Db) =>
  db.selectFrom("access_key").select(["id", "name", "start", "reference_id", "created_at", "expires_at", "last_request"]);
type Row = Awaited<ReturnType<ReturnType<typeof keys>["executeTakeFirstOrThrow"]>>;

const toKey = ({ id, name, start, reference_id, created_at, expires_at, last_request }: Row): Key => ({
  id,
  account: reference_id,
  name: name ?? "",
  start: start ?? "",
  createdAt: instant(created_at),
  expiresAt: expires_at && instant(expires_at),
  lastUsedAt: last_request && instant(last_request),
});

export const listKeys = async (db: Db): Promise<Key[]> => (await keys(db).orderBy("created_at", "desc").orderBy("id").execute()).map(toKey);

/** Gives an account a key for so many days. The key itself is told this once. */
export const addKey = async (db: Db, auth: Auth, account: string, name: string, days: number): Promise<{ key: Key; secret: string }> => {
  const found = await db.selectFrom("access_account").select("id").where("id", "=", account).executeTakeFirst();
  if (!found) throw notFound({ zh: "账号", en: "account" }, account.slice(0, 100));
  const made = await callsOf(auth).createApiKey({ body: { userId: account, name, expiresIn: days * 24 * 3600 } });
  return { key: toKey(await keys(db).where("id", "=", made.id).executeTakeFirstOrThrow()), secret: made.key };
};

export const revokeKey = async (db: Db, id: string): Promise<void> => {
  const gone = await db.deleteFrom("access_key").where("id", "=", id).returning("id").executeTakeFirst();
  if (!gone) throw notFound({ zh: "密钥", en: "key" }, id.slice(0, 100));
};

/** The key that a request bears, as `authorization: Bearer zw_…` or `x-api-key`; null where it bears none of ours. */
export const keyBorne = (headers: Readonly<Record<string, string | string[] | undefined>>): string | null => {
  const { authorization, "x-api-key": plain } = headers;
  if (typeof plain === "string") return plain;
  const bearer = typeof authorization === "string" ? /^Bearer\s+(\S+)$/i.exec(authorization)?.[1] : undefined;
  return bearer?.startsWith(KEY_PREFIX) ? bearer : null;
};

/** The account that a key was given to, and until when it holds; null where it does not. */
export const keyHolder = async (auth: Auth, key: string): Promise<{ account: string; expires: number } | null> => {
  if (key.length > 200) return null;
  const { valid, key: found } = await callsOf(auth).verifyApiKey({ body: { key } });
  return valid && found ? { account: found.referenceId, expires: found.expiresAt?.getTime() ?? Infinity } : null;
};
