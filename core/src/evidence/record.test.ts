import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EVIDENCE_KINDS, commitmentOf, entryOf, parseEntry } from "./index.ts";

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const record = fc.record({
  kind: fc.constantFrom(...EVIDENCE_KINDS),
  subject: fc.option(fc.string()),
  at: fc.constant("2026-01-05T00:00:00.000Z"),
  content: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
});
const salt = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("the commitment is the hash of domain, salt and canonical record, as another implementation writes it", () => {
  const made = { kind: "profile", subject: "E1", at: "2026-01-05T00:00:00.000Z", content: { b: 1, a: "甲" } } as const;
  const text = '{"at":"2026-01-05T00:00:00.000Z","content":{"a":"甲","b":1},"kind":"profile","subject":"E1"}';
  const expected = createHash("sha256").update("zhiwei evidence v1\n").update(Buffer.alloc(32, 7)).update(text).digest("hex");
  expect(commitmentOf(sha256, new Uint8Array(32).fill(7), made)).toBe(expected);
});

test("an entry tells its kind and nothing else of the record, and is read back; of other bytes it is none", () => {
  fc.assert(
    fc.property(record, salt, fc.nat(), (record, salt, at) => {
      const entry = entryOf(sha256, salt, record);
      expect(parseEntry(entry)).toEqual({ kind: record.kind, commitment: commitmentOf(sha256, salt, record) });
      const changed = entry.slice();
      changed[at % changed.length]! ^= 0x80;
      expect(parseEntry(changed)).toBeNull();
    }),
  );
  expect(parseEntry(new TextEncoder().encode(`{"kind":"profile","commitment":"${"0".repeat(64)}","v":1}`))).toBeNull();
});

test("another salt, another record, another commitment", () => {
  fc.assert(
    fc.property(record, record, salt, salt, (a, b, one, two) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(two));
      expect(commitmentOf(sha256, one, a)).not.toBe(commitmentOf(sha256, two, a));
      if (JSON.stringify(a) !== JSON.stringify(b)) fc.pre(Object.keys(a.content).length !== Object.keys(b.content).length);
      if (Object.keys(a.content).length !== Object.keys(b.content).length)
        expect(commitmentOf(sha256, one, a)).not.toBe(commitmentOf(sha256, one, b));
    }),
  );
});
