import { Type } from "typebox";
import { Nullable, ProblemSchema, TextSchema, route } from "./route.ts";

const Count = Type.Integer({ minimum: 0 });
const Block = Type.Integer({ minimum: 0, description: "Number of a block" });

export const ChainState = Type.Object(
  {
    /** `off`: no chain is configured. `elsewhere`: another process of this platform does the work. */
    state: Type.Enum(["off", "starting", "following", "elsewhere", "unreachable", "refused"]),
    problem: Nullable(ProblemSchema),
    contract: Nullable(Type.String({ description: "Address of the consortium contract" })),
    chainId: Nullable(Type.Integer()),
    address: Nullable(Type.String({ description: "Address of this institution" })),
    seat: Nullable(Type.Integer({ minimum: 1, description: "Seat of this institution in the consortium" })),
    confirmations: Nullable(Type.Integer({ minimum: 1, description: "Blocks that must stand on an outcome before it counts" })),
    height: Nullable(Type.Integer({ minimum: 0, description: "Height of the chain at the last look" })),
    read: Nullable(Type.Integer({ minimum: -1, description: "Last block that was read" })),
    queued: Type.Object({
      claims: Count,
      releases: Count,
      checkpoints: Count,
      since: Nullable(Type.String({ description: "When the oldest of them was queued" })),
    }),
    settled: Type.Object({ confirmed: Count, refused: Count }),
    /** What a node or the contract said of what could not be sent, the oldest first. */
    held: Type.Array(Type.Object({ kind: Type.Enum(["claim", "release", "checkpoint"]), tries: Count, problem: Type.String() })),
    logs: Type.Array(
      Type.Object({
        seat: Type.Integer({ minimum: 1 }),
        own: Type.Boolean(),
        origin: Type.String({ description: "SHA-256 of the log's name" }),
        size: Type.Integer({ minimum: 1, description: "Entries of the largest tree that was anchored" }),
        block: Block,
        at: Type.String(),
      }),
      { description: "The members' evidence logs as they are anchored" },
    ),
    alarms: Type.Array(Type.Object({ code: Type.String(), text: TextSchema, at: Type.String() }), { description: "The latest first" }),
  },
  { $id: "ChainState" },
);

export const getChain = route({
  id: "getChain",
  method: "GET",
  path: "/chain",
  tag: "chain",
  audience: ["operator", "supervisor", "bank", "guarantor", "insurer"],
  summary: {
    zh: "联盟链：高度、落后、排队事项、最近锚定的检查点、警报",
    en: "The consortium chain: height, lag, what is queued, the checkpoints anchored last, alarms",
  },
  reply: ChainState,
});
