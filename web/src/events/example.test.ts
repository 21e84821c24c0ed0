import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { VERIFY_EXAMPLE } from "./example.ts";

type Headers = Readonly<Record<string, string>>;
const { verify } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(VERIFY_EXAMPLE)}`)) as {
  verify: (secret: string, headers: Headers, rawBody: string) => unknown;
};

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const BODY = '{"type":"application.decided","说明":"生成的"}';
const signed = (at = new Date(), body = BODY): Headers => ({
  "webhook-id": "msg",
  "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
  "webhook-signature": new Webhook(SECRET).sign("msg", at, body),
});

test("the example takes what the reference library has signed, also beside another signature", () => {
  expect(verify(SECRET, signed(), BODY)).toEqual(JSON.parse(BODY));
  const two = signed();
  expect(verify(SECRET, { ...two, "webhook-signature": `v1,bm90IG91cnM= ${two["webhook-signature"]}` }, BODY)).toBeTruthy();
});

test.each([
  ["another body", SECRET, signed(), `${BODY} `],
  ["another secret", `whsec_${Buffer.alloc(32, 8).toString("base64")}`, signed(), BODY],
  ["another id", SECRET, { ...signed(), "webhook-id": "other" }, BODY],
  ["another time", SECRET, { ...signed(), "webhook-timestamp": String(Math.floor(Date.now() / 1000) + 1) }, BODY],
  ["a time that is none", SECRET, { ...signed(), "webhook-timestamp": "now" }, BODY],
  ["six minutes ago", SECRET, signed(new Date(Date.now() - 360_000)), BODY],
  ["no signature", SECRET, { ...signed(), "webhook-signature": "" }, BODY],
])("it refuses %s", (_, secret, headers, body) => expect(() => verify(secret, headers, body)).toThrow("not ours, or too old"));
