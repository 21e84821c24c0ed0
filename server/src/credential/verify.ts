/**
 * A presentation verified, step by step, so that a refusal names what is wrong. Nothing is believed of it before the step that proves
 * it: claims are shown only where the issuer's signature and their hashes hold.
 */
import { SDJwt } from "@sd-jwt/core";
import { getListFromStatusListJWT } from "@sd-jwt/jwt-status-list";
import { type JWK, calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import type { CredentialCheck, CredentialReport } from "@zhiwei/api/credential";
import type { Json, Text } from "@zhiwei/core/basics";
import { type AskedClaim, type Disclosed, TYPE_PATH, pathText, readClaims, salesBounds, unmetClaims } from "@zhiwei/core/credential";
import { sha256 } from "../evidence/keys.ts";
import { hasher } from "./issuer.ts";

/** What the verifier sent along, which only a presentation made for it can bear. */
export type Challenge = { readonly nonce: string; readonly madeAt: Date };

export type Trust = {
  /** The keys of an issuer that is believed; null of any other. Rejects where they cannot be had. */
  readonly keysOf: (issuer: string) => Promise<readonly JWK[] | null>;
  /** The status list token at an address below a believed issuer's. */
  readonly statusList: (uri: string) => Promise<string>;
};

export type Expected = {
  /** The one for whom the presentation must be made. */
  readonly audience: string;
  /** Null where nothing was asked for: then a copy cannot be told from the first showing. */
  readonly challenge: Challenge | null;
  readonly asked: readonly AskedClaim[];
};

/** Clocks of two machines may differ by so many seconds. */
const SKEW = 60;
/** A presentation that nobody asked for is good for a day. */
const UNASKED_LIFE = 24 * 3600;
/** Longer than any credential of ours. */
export const MOST_CHARACTERS = 64 * 1024;

class Wrong extends Error {
  readonly text: Text;
  constructor(zh: string, en: string) {
    super(en);
    this.text = { zh, en };
  }
}

const object = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Base64url has one spelling here: a second one of the same bytes would be a change that no signature sees. */
const bytesOf = (part: string): Buffer | null => {
  const bytes = Buffer.from(part, "base64url");
  return part !== "" && bytes.toString("base64url") === part ? bytes : null;
};
const jsonOf = (part: string): unknown => {
  const bytes = bytesOf(part);
  if (!bytes) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
};

type Token = { readonly text: string; readonly header: Record<string, unknown>; readonly payload: Record<string, unknown> };

const tokenOf = (text: string, what: Text): Token => {
  const parts = text.split(".");
  const [header, payload] = parts.slice(0, 2).map(jsonOf);
  if (parts.length !== 3 || !object(header) || !object(payload) || bytesOf(parts[2]!)?.length !== 64)
    throw new Wrong(`${what.zh}不是完整的 JWT。`, `The ${what.en} is no whole JWT.`);
  return { text, header, payload };
};

const requireType = ({ header }: Token, typ: string, what: Text): void => {
  if (header["typ"] !== typ || header["alg"] !== "ES256" || "crit" in header)
    throw new Wrong(`${what.zh}的头部应为 ${typ}、ES256。`, `The header of the ${what.en} should say ${typ} and ES256.`);
};

const signedBy = async ({ text, header }: Token, keys: readonly JWK[]): Promise<boolean> => {
  for (const key of keys) {
    if (header["kid"] !== undefined && key.kid !== undefined && header["kid"] !== key.kid) continue;
    try {
      await compactVerify(text, await importJWK(key, "ES256"), { algorithms: ["ES256"] });
      return true;
    } catch {
      // Not by this one.
    }
  }
  return false;
};

const CREDENTIAL: Text = { zh: "凭证", en: "credential" };
const BINDING: Text = { zh: "持有人签名（KB-JWT）", en: "holder's signature (KB-JWT)" };
const LIST: Text = { zh: "状态列表", en: "status list" };

const day = (second: unknown): string => (typeof second === "number" ? new Date(second * 1000).toISOString() : String(second));

/** All hashes that an SD-JWT's payload and disclosures refer to (RFC 9901 section 4.2.4). */
const digestsIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(digestsIn);
  if (!object(value)) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === "_sd" && Array.isArray(each) ? each.map(String) : name === "..." ? [String(each)] : digestsIn(each),
  );
};

const digest = (text: string): string => Buffer.from(sha256(Buffer.from(text, "ascii"))).toString("base64url");

type Parts = { readonly credential: Token; readonly disclosures: readonly string[]; readonly binding: Token | null };

const partsOf = (text: string): Parts => {
  if (text.length > MOST_CHARACTERS) throw new Wrong("文本过长，不是本平台的凭证。", "The text is too long for a credential.");
  const [jwt = "", ...rest] = text.split("~");
  const last = rest.pop();
  if (last === undefined) throw new Wrong("文本不是 SD-JWT：缺少“~”。", "The text is no SD-JWT: it has no “~”.");
  const credential = tokenOf(jwt, CREDENTIAL);
  requireType(credential, "dc+sd-jwt", CREDENTIAL);
  if (credential.payload["_sd_alg"] !== "sha-256")
    throw new Wrong("凭证没有使用 SHA-256 作为披露哈希。", "The credential does not hash its disclosures by SHA-256.");
  if (last === "") return { credential, disclosures: rest, binding: null };
  const binding = tokenOf(last, BINDING);
  requireType(binding, "kb+jwt", BINDING);
  return { credential, disclosures: rest, binding };
};

/** Every disclosure must be one that the issuer has hashed, and only once (RFC 9901 section 7.1). */
const checkDisclosures = ({ credential, disclosures }: Parts): void => {
  const opened = disclosures.map(jsonOf);
  const known = [credential.payload, ...opened].flatMap(digestsIn);
  if (new Set(known).size !== known.length) throw new Wrong("凭证中同一哈希出现两次。", "One hash stands twice in the credential.");
  disclosures.forEach((disclosure, at) => {
    const value = opened[at];
    const claim = Array.isArray(value) && typeof value.at(-2) === "string" ? pathText([String(value.at(-2))]) : "?";
    if (!Array.isArray(value) || value.length !== 3 || !known.includes(digest(disclosure)))
      throw new Wrong(
        `第 ${at + 1} 条披露（${claim}）不是签发者所签。`,
        `Disclosure ${at + 1} (${claim}) is not one that the issuer signed.`,
      );
  });
  if (new Set(disclosures).size !== disclosures.length) throw new Wrong("同一条披露出现两次。", "One disclosure stands twice.");
};

const checkValidity = ({ credential: { payload } }: Parts, now: number): void => {
  const { iat, nbf, exp } = payload;
  if (typeof exp !== "number" || typeof iat !== "number")
    throw new Wrong("凭证没有写明签发与到期时间。", "The credential does not say when it was issued and when it expires.");
  if (exp <= now) throw new Wrong(`凭证已于 ${day(exp)} 到期。`, `The credential expired at ${day(exp)}.`);
  if (iat > now + SKEW || (typeof nbf === "number" && nbf > now + SKEW))
    throw new Wrong(`凭证自 ${day(iat)} 起才有效。`, `The credential is good from ${day(iat)} on only.`);
};

/** Reads the credential's bit. The list must be at the issuer's own address and signed by its key. */
const checkStatus = async (
  { credential: { payload } }: Parts,
  issuer: string,
  keys: readonly JWK[],
  trust: Trust,
  now: number,
): Promise<void> => {
  const { status_list: reference } = (object(payload["status"]) ? payload["status"] : {}) as {
    status_list?: { idx?: unknown; uri?: unknown };
  };
  const { idx, uri } = reference ?? {};
  if (typeof uri !== "string" || typeof idx !== "number" || !Number.isInteger(idx) || idx < 0 || !uri.startsWith(`${issuer}/`))
    throw new Wrong("凭证没有指明签发者的状态列表。", "The credential names no status list of its issuer.");
  const text = await trust.statusList(uri).catch(() => {
    throw new Wrong("状态列表取不到，无法判断是否已吊销。", "The status list cannot be fetched, so nobody knows whether it is revoked.");
  });
  const token = tokenOf(text, LIST);
  requireType(token, "statuslist+jwt", LIST);
  if (!(await signedBy(token, keys))) throw new Wrong("状态列表的签名不是签发者的。", "The status list is not signed by the issuer.");
  const { sub, iat, exp } = token.payload;
  if (sub !== uri) throw new Wrong("状态列表是另一个地址的。", "The status list is that of another address.");
  if (typeof iat !== "number" || iat > now + SKEW || (typeof exp === "number" && exp <= now))
    throw new Wrong("状态列表已过期。", "The status list has expired.");
  let status: number;
  try {
    status = getListFromStatusListJWT(text).getStatus(idx);
  } catch {
    throw new Wrong("状态列表中没有这个位置。", "The status list has no such place.");
  }
  if (status !== 0) throw new Wrong("凭证已被吊销。", "The credential is revoked.");
};

const checkHolder = async (text: string, { credential, binding }: Parts): Promise<void> => {
  if (!binding) throw new Wrong("缺少持有人签名（KB-JWT）：只是一份抄件。", "There is no holder's signature (KB-JWT): it is a mere copy.");
  const { jwk } = (object(credential.payload["cnf"]) ? credential.payload["cnf"] : {}) as { jwk?: JWK };
  if (!jwk || !(await signedBy(binding, [jwk])))
    throw new Wrong("持有人签名不是凭证所绑定的密钥所签。", "The holder's signature is not by the key that the credential is bound to.");
  const { sd_hash: hash } = binding.payload;
  if (hash !== digest(text.slice(0, text.lastIndexOf("~") + 1)))
    throw new Wrong("持有人签的不是这份披露。", "What the holder signed is not what is presented here.");
};

const checkChallenge = ({ credential, binding }: Parts, { audience, challenge }: Expected, now: number): "passed" | "open" => {
  const { aud, nonce, iat } = binding!.payload;
  if (aud !== audience) throw new Wrong("这份出示是给另一个核验方的。", "It was presented to another verifier.");
  if (typeof iat !== "number" || iat > now + SKEW || iat < (credential.payload["iat"] as number) - SKEW)
    throw new Wrong("出示的时间不合理。", "The time of the presentation cannot be.");
  if (!challenge) {
    if (iat < now - UNASKED_LIFE)
      throw new Wrong(`出示于 ${day(iat)}，已超过一天。`, `It was presented at ${day(iat)}, more than a day ago.`);
    return "open";
  }
  if (nonce !== challenge.nonce) throw new Wrong("这份出示不是对您这次请求的答复。", "It does not answer your request.");
  if (iat < challenge.madeAt.getTime() / 1000 - SKEW) throw new Wrong("出示早于您的请求。", "It was presented before you asked.");
  return "passed";
};

const PASSED: Readonly<Record<CredentialCheck["id"], Text>> = {
  form: { zh: "格式正确（SD-JWT VC，ES256）", en: "Well formed (SD-JWT VC, ES256)" },
  issuer: { zh: "签发者可信，公钥已取得", en: "The issuer is trusted and its key is at hand" },
  signature: { zh: "签发者的签名有效", en: "The issuer's signature holds" },
  disclosures: { zh: "所披露的每一项都是签发者所签", en: "Each disclosed claim is one that the issuer signed" },
  type: { zh: "凭证类型是企业信用画像", en: "It is a credential of an enterprise's credit profile" },
  validity: { zh: "在有效期内", en: "It is within its time" },
  status: { zh: "没有被吊销", en: "It is not revoked" },
  holder: { zh: "由凭证绑定的持有人亲自出示", en: "Presented by the holder whom it is bound to" },
  challenge: { zh: "是对您这次请求的答复", en: "It answers your request" },
  asked: { zh: "您所要的各项都已披露", en: "All that you asked for is disclosed" },
};
const NOT_REACHED: Text = { zh: "前面的核验未通过，没有看", en: "Not looked at, since a check before it failed" };
const UNASKED: Text = {
  zh: "企业自行出示，不是对请求的答复：无法排除是别人转来的抄件",
  en: "Presented unasked: that somebody else passes on a copy cannot be ruled out",
};

/** Checks a presentation and says, check by check, what holds; it is accepted where none failed. Never throws because of its text. */
export const verifyPresentation = async (text: string, trust: Trust, expected: Expected, at: Date): Promise<CredentialReport> => {
  const now = Math.floor(at.getTime() / 1000);
  const checks: CredentialCheck[] = [];
  /** Runs a check; those that need one that failed are left open. */
  const check = async (id: CredentialCheck["id"], needs: boolean, work: () => unknown): Promise<boolean> => {
    if (!needs) {
      checks.push({ id, state: "open", text: NOT_REACHED });
      return false;
    }
    try {
      const open = (await work()) === "open";
      checks.push({ id, state: open ? "open" : "passed", text: open ? UNASKED : PASSED[id] });
      return true;
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      checks.push({ id, state: "failed", text: error.text });
      return false;
    }
  };

  const found: { parts: Parts | null; keys: readonly JWK[]; claims: Disclosed } = { parts: null, keys: [], claims: {} };
  const parts = () => found.parts!;
  const iss = () => String(parts().credential.payload["iss"]);
  const form = await check("form", true, () => {
    found.parts = partsOf(text);
  });
  const issuer = await check("issuer", form, async () => {
    const keys = await trust.keysOf(iss()).catch(() => {
      throw new Wrong(`取不到签发者 ${iss()} 的公钥。`, `The key of the issuer ${iss()} cannot be fetched.`);
    });
    if (!keys) throw new Wrong(`签发者 ${iss()} 不在可信名单中。`, `The issuer ${iss()} is not among those trusted here.`);
    found.keys = keys;
  });
  const signature = await check("signature", issuer, async () => {
    if (!(await signedBy(parts().credential, found.keys)))
      throw new Wrong("凭证的签名不是签发者的，或内容被改动。", "The credential is not signed by its issuer, or was changed.");
  });
  const disclosures = await check("disclosures", signature, async () => {
    checkDisclosures(parts());
    const withoutBinding = text.slice(0, text.lastIndexOf("~") + 1);
    try {
      found.claims = await (await SDJwt.fromEncode(withoutBinding, hasher)).getClaims<Disclosed>(hasher);
    } catch {
      throw new Wrong("披露的内容无法还原。", "The disclosures cannot be put back into the credential.");
    }
  });
  await check("type", signature, () => {
    if (parts().credential.payload["vct"] !== `${iss()}${TYPE_PATH}`)
      throw new Wrong("这是另一种凭证。", "It is a credential of another type.");
  });
  await check("validity", signature, () => checkValidity(parts(), now));
  await check("status", signature, () => checkStatus(parts(), iss(), found.keys, trust, now));
  const holder = await check("holder", signature, () => checkHolder(text, parts()));
  await check("challenge", holder, () => checkChallenge(parts(), expected, now));
  const unmet = disclosures ? unmetClaims(expected.asked, found.claims) : [];
  if (expected.asked.length > 0)
    await check("asked", disclosures, () => {
      const names = unmet.map(({ path }) => pathText(path)).join(", ");
      if (unmet.length > 0) throw new Wrong(`没有披露，或与所要的不符：${names}。`, `Not disclosed, or not as asked for: ${names}.`);
    });

  // Of a credential that nobody believed has signed, nothing is repeated.
  const { shown, hidden } = readClaims(disclosures ? found.claims : {});
  const { payload } = found.parts?.credential ?? {};
  const { jwk } = (object(payload?.["cnf"]) ? payload["cnf"] : {}) as { jwk?: JWK };
  const { asOf, exp, iat } = found.claims as { asOf?: unknown; exp?: unknown; iat?: unknown };
  return {
    accepted: checks.every(({ state }) => state !== "failed") && disclosures && holder,
    checks,
    credential:
      disclosures && payload
        ? {
            issuer: iss(),
            asOf: typeof asOf === "string" ? asOf : "",
            issuedAt: day(iat),
            expiresAt: day(exp),
            holder: jwk ? await calculateJwkThumbprint(jwk).catch(() => "") : "",
            sha256: Buffer.from(sha256(Buffer.from(parts().credential.text))).toString("hex"),
          }
        : null,
    shown: shown.map(({ claim, value }) => ({
      path: [...claim.path],
      name: claim.name,
      words: claim.say(value),
      value: value as Json as never,
    })),
    hidden: hidden.map(({ path, name }) => ({ path: [...path], name })),
    sales: disclosures ? salesBounds(found.claims) : null,
  };
};
