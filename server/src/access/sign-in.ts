/**
 * Sign-in 登录 by better-auth: it keeps passwords (scrypt) and sessions, in our tables, and makes its cookies. Nobody signs up: accounts
 * are made by the operator (accounts.ts).
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BetterAuthOptions, betterAuth } from "better-auth";
import { AUTH_PATH, MOST_KEY_DAYS } from "@zhiwei/api/access";
import { APIError } from "better-auth/api";
import type { KyselyPlugin } from "kysely";
import type { Config } from "../config.ts";
import type { Db } from "../db/index.ts";
import { log } from "../http/log.ts";
import { KEY_PREFIX } from "./keys.ts";

/** Hours that a sign-in lasts, however busy its holder is: a working day. */
const SESSION_HOURS = 12;
export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 128;
/** Attempts to sign in from one address in a minute. */
const ATTEMPTS = 10;

/** Name of the header that tells better-auth whence a request comes; what a request itself says under this name is dropped. */
export const CLIENT_HEADER = "x-zhiwei-client";

/** Instants leave our database as text; better-auth reckons with dates. */
const INSTANTS = [
  "created_at",
  "updated_at",
  "expires_at",
  "access_token_expires_at",
  "refresh_token_expires_at",
  "last_refill_at",
  "last_request",
] as const;
const withDates: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => ({
    ...result,
    rows: result.rows.map((row) => {
      const changed: Record<string, unknown> = { ...row };
      for (const name of INSTANTS) {
        const text = changed[name];
        if (typeof text === "string") changed[name] = new Date(text.replace(" ", "T").replace(/([+-]\d{2})$/, "$1:00"));
      }
      return changed;
    }),
  }),
};

/** What signs the cookies: random, made once in the data folder, and readable by this account alone. It is not in the database. */
export const cookieSecret = async (config: Config): Promise<string> => {
  const folder = join(config.dataFolder, "access");
  const path = join(folder, "cookie-secret");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return readFile(path, "utf8");
};

const times = { createdAt: "created_at", updatedAt: "updated_at" } as const;

/** Behind a public name there is TLS, and the cookies then go nowhere without it. */
export const authOptions = async (db: Db, config: Config, secret: string) => {
  const { apiKey } = await import("@better-auth/api-key");
  return {
    appName: "Zhiwei",
    secret,
    basePath: AUTH_PATH,
    // Requests are handed over under this origin. That they come from our own pages was seen to before (http/security.ts).
    baseURL: "http://localhost",
    database: { db: db.withPlugin(withDates), type: "postgres", transaction: true },
    user: {
      modelName: "access_account",
      fields: { ...times, emailVerified: "email_verified" },
      additionalFields: {
        party: { type: "string", required: true, input: false },
        post: { type: "string", required: true, input: false },
        disabled: { type: "boolean", required: true, input: false },
      },
    },
    session: {
      modelName: "access_session",
      fields: { ...times, userId: "account_id", expiresAt: "expires_at", ipAddress: "ip_address", userAgent: "user_agent" },
      expiresIn: SESSION_HOURS * 3600,
      // A stolen cookie does not live longer for being used.
      disableSessionRefresh: true,
    },
    account: {
      modelName: "access_credential",
      fields: {
        ...times,
        accountId: "subject",
        providerId: "provider_id",
        userId: "account_id",
        accessToken: "access_token",
        refreshToken: "refresh_token",
        idToken: "id_token",
        accessTokenExpiresAt: "access_token_expires_at",
        refreshTokenExpiresAt: "refresh_token_expires_at",
      },
    },
    verification: { modelName: "access_verification", fields: { ...times, expiresAt: "expires_at" } },
    rateLimit: {
      enabled: true,
      storage: "database",
      modelName: "access_rate_limit",
      fields: { lastRequest: "last_request" },
      window: 60,
      max: 60,
      customRules: { "/sign-in/email": { window: 60, max: ATTEMPTS }, "/change-password": { window: 60, max: ATTEMPTS } },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: SHORTEST_PASSWORD,
      maxPasswordLength: LONGEST_PASSWORD,
    },
    databaseHooks: {
      session: {
        create: {
          before: async ({ userId }) => {
            const account = await db.selectFrom("access_account").select("disabled").where("id", "=", userId).executeTakeFirst();
            if (!account || account.disabled) throw new APIError("FORBIDDEN", { code: "ACCOUNT_DISABLED" });
          },
        },
      },
    },
    advanced: {
      cookiePrefix: "zhiwei",
      useSecureCookies: config.hosts.length > 0,
      defaultCookieAttributes: { httpOnly: true, sameSite: "strict", path: "/" },
      ipAddress: { ipAddressHeaders: [CLIENT_HEADER] },
    },
    telemetry: { enabled: false },
    plugins: [
      apiKey({
        defaultPrefix: KEY_PREFIX,
        requireName: true,
        maximumNameLength: 60,
        rateLimit: { enabled: false },
        keyExpiration: { minExpiresIn: 1, maxExpiresIn: MOST_KEY_DAYS },
        schema: {
          apikey: {
            modelName: "access_key",
            fields: {
              ...times,
              configId: "config_id",
              referenceId: "reference_id",
              refillInterval: "refill_interval",
              refillAmount: "refill_amount",
              lastRefillAt: "last_refill_at",
              rateLimitEnabled: "rate_limit_enabled",
              rateLimitTimeWindow: "rate_limit_time_window",
              rateLimitMax: "rate_limit_max",
              requestCount: "request_count",
              lastRequest: "last_request",
              expiresAt: "expires_at",
            },
          },
        },
      }),
    ],
    // What went wrong, without what the library adds to it: that may quote an address or a key.
    logger: {
      level: "error",
      // That a key is none is the answer to its bearer, and nothing that went wrong here.
      log: (_, message) => message.startsWith("Failed to validate API key") || log(`better-auth: ${message.slice(0, 200)}`),
    },
  } satisfies BetterAuthOptions;
};

export const openAuth = async (db: Db, config: Config) => betterAuth(await authOptions(db, config, await cookieSecret(config)));
export type Auth = Awaited<ReturnType<typeof openAuth>>;
