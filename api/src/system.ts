import { Type } from "typebox";
import { Day, Nullable, TextSchema, route } from "./route.ts";

export const SystemState = Type.Object(
  {
    product: Type.Literal("zhiwei"),
    version: Type.String(),
    /** `loading`: answers, while the demonstration region is still being imported and computed. */
    state: Type.Union([Type.Literal("loading"), Type.Literal("ready"), Type.Literal("failed")]),
    progress: Nullable(
      Type.Object({ phase: TextSchema, done: Type.Number(), total: Type.Number({ description: "0 where it cannot be told" }) }),
    ),
    problem: Nullable(TextSchema),
    asOf: Nullable(Day),
    counts: Type.Object({
      enterprises: Type.Integer(),
      invoices: Type.Integer(),
      bankTransactions: Type.Integer(),
      batches: Type.Integer(),
      quarantined: Type.Integer({ description: "Rows that wait for a person" }),
    }),
    /** Said on every page while the region holds demonstration data. */
    demonstration: Nullable(TextSchema),
  },
  { $id: "SystemState" },
);

export const getSystem = route({
  id: "getSystem",
  method: "GET",
  path: "/system",
  tag: "system",
  audience: "public",
  summary: { zh: "平台状态、加载进度与数据量", en: "State of the platform, loading progress and how much it holds" },
  reply: SystemState,
});
