/** Hashes and signatures of both suites as the browser has them, so that a bundle is checked with the very code that the server runs. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { sm2, sm3 } from "sm-crypto-v2";
import { type Means, bytesOfHex, hexOf } from "@zhiwei/core/evidence";

/** The order n of SM2's base point (GB/T 32918.5): r and s lie below it, which the library does not ask. */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

const verifySm2 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== 65 || publicKey[0] !== 4 || signature.length !== 64) return false;
  const text = hexOf(signature);
  const inRange = [text.slice(0, 64), text.slice(64)].every((part) => BigInt(`0x${part}`) > 0n && BigInt(`0x${part}`) < ORDER);
  // The library's default user ID is that of GM/T 0009.
  return inRange && sm2.doVerifySignature(message, text, hexOf(publicKey), { hash: true });
};

export const means: Means = {
  hashes: { international: sha256, national: (bytes) => bytesOfHex(sm3(bytes)) },
  verify: (algorithm, publicKey, message, signature) => {
    try {
      if (algorithm === "ed25519") return ed25519.verify(signature, message, publicKey, { zip215: false });
      if (algorithm === "ml-dsa-44") return ml_dsa44.verify(signature, message, publicKey);
      return verifySm2(publicKey, message, signature);
    } catch {
      return false; // no key, or no signature, of the kind
    }
  },
};
