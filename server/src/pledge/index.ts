/** The pledge registry 质押登记, as other rooms of the server use it. */
export { type PledgeChain, expireDue, listAwaiting, settleClaim } from "./registry.ts";
