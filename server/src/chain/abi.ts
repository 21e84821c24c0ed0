/** The contracts' interface, as far as the platform speaks to it. A test holds every line against the compiled source. */
import { parseAbi } from "viem";

export const consortiumAbi = parseAbi([
  "constructor(address[] founders)",
  "function pledges() view returns (address)",
  "function checkpoints() view returns (address)",
  "function since() view returns (uint256)",
  "function seatOf(address member) view returns (uint32 seat)",
  "function memberAt(uint32 seat) view returns (address member)",
  "function lastSeat() view returns (uint32)",
  "function members() view returns (uint32)",
  "function round() view returns (uint256)",
  "function approve(address leaving, address joining)",
  "function approvalsOf(address leaving, address joining) view returns (uint32)",
  "event MemberChanged(uint32 indexed seat, address indexed leaving, address indexed joining)",
  "event Approved(uint32 indexed seat, address indexed leaving, address indexed joining, uint256 round)",
  "error NotMember(address who)",
  "error AlreadyMember(address who)",
  "error AlreadyApproved()",
  "error NothingToChange()",
  "error LastMember()",
  "error NoFounders()",
]);

export const pledgesAbi = parseAbi([
  "function holdingOf(bytes32 commitment) view returns (bytes32 claimId, uint32 seat)",
  "function claim(bytes32 commitment, bytes32 claimId)",
  "function release(bytes32 commitment, bytes32 claimId)",
  "event Claimed(bytes32 indexed commitment, bytes32 indexed claimId, uint32 indexed seat)",
  "event Refused(bytes32 indexed commitment, bytes32 indexed claimId, uint32 indexed seat)",
  "event Released(bytes32 indexed commitment, bytes32 indexed claimId, uint32 indexed seat)",
  "error Empty()",
  "error NotClaimed()",
  "error NotMember(address who)",
]);

export const checkpointsAbi = parseAbi([
  "function sizeOf(uint32 seat, bytes32 origin) view returns (uint64)",
  "function rootAt(uint32 seat, bytes32 origin, uint64 size) view returns (bytes32)",
  "function anchor(bytes32 origin, uint64 size, bytes32 root, bytes32 note)",
  "event Anchored(uint32 indexed seat, bytes32 indexed origin, uint64 indexed size, bytes32 root, bytes32 note)",
  "event Forked(uint32 indexed seat, bytes32 indexed origin, uint64 indexed size, bytes32 root, bytes32 other)",
  "error Empty()",
  "error Shrinks(uint64 anchored, uint64 size)",
  "error NotMember(address who)",
]);

/** What is read of a block. */
export const eventsAbi = [...pledgesAbi, ...checkpointsAbi].filter((item) => item.type === "event");
