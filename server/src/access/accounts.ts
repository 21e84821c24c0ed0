/** Accounts 账号: made by the operator, each of one party; disabled, never deleted. */
import { randomBytes, randomUUID } from "node:crypto";
import { hashPassword } from "better-auth/crypto";
import type { Account } from "@zhiwei/api/access";
import { problem } from "@zhiwei/core/basics";
import type { Selectable } from "kysely";
import { type Db, type Tx, serializable } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";
import { partyOf } from "./parties.ts";
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from "./sign-in.ts";

const refused = (status: number, code: string, zh: string, en: string, remedyZh: string, remedyEn: string) =>
  new Refusal(status, problem(code, zh, en, remedyZh, remedyEn));

const REFUSALS = {
  party: refused(
    404,
    "no-such-party",
    "没有这个当事方。",
    "There is no such party.",
    "机构请先登记（zhiwei account party）；企业写作 enterprise:企业代号；平台运营方为 operator。",
    "Register an institution first (zhiwei account party); an enterprise is enterprise:CODE; the operator is operator.",
  ),
  first: refused(
    409,
    "first-account-operator",
    "第一个账号须属于平台运营方。",
    "The first account must be the operator's.",
    "请先为 operator 建立账号，再为其他各方建立：否则无人能管理平台。",
    "Make one for operator first and the others after it: nobody could run the platform otherwise.",
  ),
  email: refused(
    409,
    "email-taken",
    "这个邮箱已有账号。",
    "There is an account with this address already.",
    "请换一个邮箱，或重置原账号的口令。",
    "Take another address, or give the account a new password.",
  ),
  name: refused(
    409,
    "name-taken",
    "这一方已有同名的账号。",
    "The party has an account of this name already.",
    "请另给一个名称：记录中凭名称认人。",
    "Give another name: in what is recorded a person is known by it.",
  ),
  lastOperator: refused(
    409,
    "last-operator",
    "这是平台运营方最后一个可用的账号。",
    "This is the operator's last account that works.",
    "请先为平台运营方另建一个账号。",
    "Make another account of the operator first.",
  ),
  password: refused(
    422,
    "weak-password",
    `口令须有 ${SHORTEST_PASSWORD} 至 ${LONGEST_PASSWORD} 个字符。`,
    `A password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters.`,
    "请换一个更长的口令，或不写口令，由平台生成。",
    "Take a longer one, or give none and have one made.",
  ),
} as const;

const columns = ["id", "email", "name", "party", "post", "disabled", "created_at"] as const;
type Row = Pick<Selectable<Database["access_account"]>, (typeof columns)[number]>;

const toAccount = ({ created_at, ...row }: Row): Account => ({ ...row, createdAt: instant(created_at) });

export const listAccounts = async (db: Db): Promise<Account[]> =>
  (await db.selectFrom("access_account").select(columns).orderBy("party").orderBy("name").execute()).map(toAccount);

/** A password that nobody chose: 120 random bits. */
export const madePassword = (): string => randomBytes(15).toString("base64url");

const hashOf = async (password: string): Promise<string> => {
  const { length } = Array.from(password);
  if (length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD) throw REFUSALS.password;
  return hashPassword(password);
};

type NewAccount = {
  readonly party: string;
  readonly email: string;
  readonly post: string;
  /** Of the person or post, once in a party; the post where none is given. */
  readonly name?: string | undefined;
  readonly password: string;
};

/** Makes an account. The password is kept as better-auth keeps it, under its provider `credential`. */
export const addAccount = async (db: Db, { party, email, post, name = post, password }: NewAccount): Promise<Account> => {
  const hash = await hashOf(password);
  const id = randomUUID();
  const now = new Date().toISOString();
  return serializable(db, async (tx) => {
    if (!(await partyOf(tx, party))) throw REFUSALS.party;
    const others = await tx.selectFrom("access_account").select(["email", "party", "name"]).execute();
    if (others.length === 0 && party !== "operator") throw REFUSALS.first;
    if (others.some((other) => other.email === email.toLowerCase())) throw REFUSALS.email;
    if (others.some((other) => other.party === party && other.name === name)) throw REFUSALS.name;
    const row = await tx
      .insertInto("access_account")
      .values({ id, email: email.toLowerCase(), email_verified: false, name, party, post, created_at: now, updated_at: now })
      .returning(columns)
      .executeTakeFirstOrThrow();
    await tx
      .insertInto("access_credential")
      .values({
        id: randomUUID(),
        account_id: id,
        provider_id: "credential",
        subject: id,
        password: hash,
        created_at: now,
        updated_at: now,
      })
      .execute();
    return toAccount(row);
  });
};

const endSessions = (tx: Tx, id: string) => tx.deleteFrom("access_session").where("account_id", "=", id).execute();

/** The account of an id or an address. */
const accountOf = async (tx: Tx, which: string): Promise<Row> => {
  const row = await tx
    .selectFrom("access_account")
    .select(columns)
    .where((is) => is.or([is("id", "=", which), is("email", "=", which.toLowerCase())]))
    .executeTakeFirst();
  if (!row) throw notFound({ zh: "账号", en: "account" }, which.slice(0, 100));
  return row;
};

/** Disables an account, which ends its sessions at once, or enables it again. */
export const setDisabled = async (db: Db, which: string, disabled: boolean): Promise<Account> =>
  serializable(db, async (tx) => {
    const { id, party } = await accountOf(tx, which);
    if (disabled && party === "operator") {
      const other = await tx
        .selectFrom("access_account")
        .select("id")
        .where("party", "=", "operator")
        .where("disabled", "=", false)
        .where("id", "!=", id)
        .limit(1)
        .executeTakeFirst();
      if (!other) throw REFUSALS.lastOperator;
    }
    if (disabled) await endSessions(tx, id);
    const row = await tx
      .updateTable("access_account")
      .set({ disabled, updated_at: new Date().toISOString() })
      .where("id", "=", id)
      .returning(columns)
      .executeTakeFirstOrThrow();
    return toAccount(row);
  });

/** Gives an account a new password, which ends its sessions. */
export const setPassword = async (db: Db, which: string, password: string): Promise<Account> => {
  const hash = await hashOf(password);
  return serializable(db, async (tx) => {
    const row = await accountOf(tx, which);
    await endSessions(tx, row.id);
    await tx
      .updateTable("access_credential")
      .set({ password: hash, updated_at: new Date().toISOString() })
      .where("account_id", "=", row.id)
      .where("provider_id", "=", "credential")
      .execute();
    return toAccount(row);
  });
};
