import type { PartyKind } from "@zhiwei/api/route";
import { badRequest } from "../http/refusal.ts";

/**
 * Who acts 行为人: every request and command is made by somebody, on behalf of a party. What a party may read of an enterprise is not
 * decided here but by consent, in the data layer (server/src/consent).
 */
export { PARTY_KINDS, type PartyKind } from "@zhiwei/api/route";

export type Actor = {
  /** Id of the party: `operator`, `enterprise:<id>`, or that of an institution. */
  readonly party: string;
  readonly kind: PartyKind;
  /** The enterprise on whose behalf an owner acts; null for all others. */
  readonly enterprise: string | null;
  /** The account or post, as it stands in traces. */
  readonly name: string;
  /** The post, by which authority is measured; none decides nothing. */
  readonly post?: string;
};

/** The person at this machine: runs the platform, and is the processor that the enterprises have entrusted. */
export const OPERATOR: Actor = { party: "operator", kind: "operator", enterprise: null, name: "operator", post: "平台运营" };

/**
 * The name under which an act is recorded. Whoever is known acts under the name of his account or seat, whatever the request states;
 * only of the person at this machine, whom nothing names, is the stated name taken. Null where that is missing.
 */
export const recordedName = (actor: Actor, stated: string | undefined): string | null =>
  actor === OPERATOR ? (stated ?? null) : `${actor.name}（${actor.party}）`;

/** The same where one is needed: who is not known and does not say his name is refused. */
export const actingName = (actor: Actor, stated: string | undefined): string => {
  const name = recordedName(actor, stated);
  if (name === null) throw badRequest("须写明由谁操作（by）。", "It must be stated who does this (by).");
  return name;
};
