/**
 * SM2 signatures (GB/T 32918.2, GM/T 0003.2) over SM3, by sm-crypto-v2: Node's own SM2 takes no user ID and signs with an empty one.
 * What is signed is e = SM3(Z ‖ message), where Z is made of the user ID 1234567812345678 (GM/T 0009), the curve and the public key.
 */
import { type KeyObject, hash } from "node:crypto";
import { sm2 } from "sm-crypto-v2";

const sm3 = (...parts: readonly Uint8Array[]): Uint8Array => hash("sm3", Buffer.concat(parts), "buffer");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The order n of the curve's base point (GB/T 32918.5). */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

/** A public key made ready: Z, and the multiples of its point, which a verification looks up in place of working them out. */
type Ready = { readonly z: Uint8Array; readonly point: ReturnType<typeof sm2.precomputePublicKey> };
const ready = new Map<string, Ready>();
const MOST_READY = 64;

/** Throws where the bytes are no point of the curve. */
const readyKey = (publicKey: Uint8Array): Ready => {
  const key = hex(publicKey);
  let found = ready.get(key);
  if (!found) {
    found = { z: sm2.getZ(key), point: sm2.precomputePublicKey(key) };
    // A thousand keys are nobody's policy: whoever was first is made ready again when it comes back.
    if (ready.size >= MOST_READY) ready.delete(ready.keys().next().value!);
    ready.set(key, found);
  }
  return found;
};

/** Whether r ‖ s, 32 bytes each, is a signature of the message by the key 04 ‖ x ‖ y. */
export const verifySm2 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== 65 || publicKey[0] !== 4 || signature.length !== 64) return false;
  const text = hex(signature);
  // The library takes other numbers for r and s than the standard does (GB/T 32918.2, 7.1, B1 and B2).
  for (const part of [text.slice(0, 64), text.slice(64)]) {
    const number = BigInt(`0x${part}`);
    if (number === 0n || number >= ORDER) return false;
  }
  try {
    const { z, point } = readyKey(publicKey);
    return sm2.doVerifySignature(sm3(z, message), text, point);
  } catch {
    // No point of the curve, or one that the arithmetic cannot go on from.
    return false;
  }
};

/** What stands before the private number in the DER form of such a key (PKCS #8, RFC 5915), as OpenSSL writes it. */
const PKCS8 = Buffer.from("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420", "hex");

/** Signs as `verifySm2` verifies. The private key is one of Node's, on the curve SM2. */
export const sm2Signer = (privateKey: KeyObject, publicKey: Uint8Array): ((message: Uint8Array) => Uint8Array) => {
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  if (!der.subarray(0, PKCS8.length).equals(PKCS8)) throw new Error("this is no private key of SM2 as it is written here");
  const number = hex(der.subarray(PKCS8.length, PKCS8.length + 32));
  const z = sm2.getZ(hex(publicKey));
  return (message) => new Uint8Array(Buffer.from(sm2.doSignature(sm3(z, message), number), "hex"));
};
