import { Type } from "typebox";
import { Day, Nullable, PARTY_KINDS, Page, PageQuery, PurposeQuery, TextSchema, route } from "./route.ts";

const Count = Type.Integer({ minimum: 0 });
const Size = Type.Integer({ minimum: 0, description: "Entries of the log" });

export const LogState = Type.Object(
  {
    origin: Type.String({ description: "Name under which the log signs" }),
    keys: Type.Array(Type.String(), { description: "The log's verifier keys, in the form of C2SP signed-note" }),
    policy: Type.String({ description: "Log, witnesses and quorum as a C2SP tlog-policy, for whoever verifies" }),
    size: Size,
    /** The tree that was signed last. */
    signed: Nullable(Type.Object({ size: Size, at: Type.String() })),
    /** The latest checkpoint that the quorum has cosigned. */
    counted: Nullable(Type.Object({ size: Size })),
    quorum: Type.Boolean({ description: "Whether cosignatures of witnesses are asked for" }),
    witnesses: Type.Array(
      Type.Object({
        name: Type.String(),
        url: Type.String(),
        size: Size,
        problem: Nullable(Type.String({ description: "Why it did not cosign when it was asked last" })),
        askedAt: Nullable(Type.String()),
      }),
    ),
    alarms: Type.Array(
      Type.Object({ code: Type.String(), text: TextSchema, witness: Nullable(Type.String()), size: Size, at: Type.String() }),
    ),
    kinds: Type.Array(Type.Object({ kind: Type.String(), count: Count })),
  },
  { $id: "LogState" },
);

export const getLog = route({
  id: "getLog",
  method: "GET",
  path: "/evidence",
  tag: "evidence",
  audience: PARTY_KINDS,
  summary: { zh: "存证日志：规模、公钥、见证人、警报", en: "The evidence log: size, keys, witnesses, alarms" },
  reply: LogState,
});

export const listEntries = route({
  id: "listEntries",
  method: "GET",
  path: "/evidence/entries",
  tag: "evidence",
  audience: PARTY_KINDS,
  summary: {
    zh: "日志条目，最新在前：位置、类别与承诺，不含内容",
    en: "Entries of the log, the newest first: place, kind and commitment, no content",
  },
  query: Type.Object({ ...PageQuery, kind: Type.Optional(Type.String({ maxLength: 40 })) }),
  reply: Page(
    Type.Object({
      position: Type.Integer({ minimum: 0 }),
      kind: Type.String(),
      commitment: Type.String(),
      at: Type.String(),
      erased: Type.Boolean({ description: "Whether the record behind it was erased on request; the entry stays" }),
    }),
  ),
});

/** Answered with the bundle itself: canonical JSON that has to reach its reader to the byte. */
export const getBundle = route({
  id: "getBundle",
  method: "GET",
  path: "/enterprises/:id/bundle",
  tag: "evidence",
  audience: PARTY_KINDS,
  summary: {
    zh: "存证包：画像及离线核验所需的全部证明",
    en: "Bundle: the profile with all that is needed to verify it offline",
  },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({
    ...PurposeQuery,
    asOf: Type.Optional(Day),
    known: Type.Optional(Type.Integer({ minimum: 0, description: "Size of a checkpoint that the reader holds already" })),
  }),
  file: true,
  reply: Type.Unknown(),
});
