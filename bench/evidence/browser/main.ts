/** What the console's page does with a proof, timed in a browser by bench/evidence.ts. */
import { type Suite, leafHash, parsePolicy, verifyProof } from "@zhiwei/core/tlog";
import { means } from "../../../web/src/evidence/means.ts";

export type Given = { readonly suite: Suite; readonly policy: string; readonly entry: readonly number[]; readonly proof: string };

/** Milliseconds that each of so many verifications took; throws where one does not hold. */
const timed = ({ suite, policy, entry, proof }: Given, turns: number): number[] => {
  const parsed = parsePolicy(means.hashes.international, policy);
  if (!parsed.ok) throw new Error(`line ${parsed.error.line} of the policy: ${parsed.error.code}`);
  const hash = means.hashes[suite];
  return Array.from({ length: turns }, () => {
    const start = performance.now();
    const found = verifyProof(hash, proof, leafHash(hash, Uint8Array.from(entry)), parsed.value, means.verify);
    if (!found.ok) throw new Error(found.error);
    return performance.now() - start;
  });
};

Object.assign(globalThis, { timed });
