/** How a receiver verifies what it gets, as the console shows it; a test runs this very text against what is really sent. */
export const VERIFY_EXAMPLE = `import { createHmac, timingSafeEqual } from "node:crypto";

// rawBody: the bytes as they came, before any parsing.
export const verify = (secret, headers, rawBody) => {
  const at = headers["webhook-timestamp"];
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const ours = createHmac("sha256", key)
    .update(\`\${headers["webhook-id"]}.\${at}.\${rawBody}\`)
    .digest();
  const signed = headers["webhook-signature"].split(" ").some((each) => {
    const theirs = Buffer.from(each.replace(/^v1,/, ""), "base64");
    return theirs.length === ours.length && timingSafeEqual(theirs, ours);
  });
  const fresh = Math.abs(Date.now() / 1000 - at) <= 300;
  if (!signed || !fresh) throw new Error("not ours, or too old");
  return JSON.parse(rawBody);
};
`;
