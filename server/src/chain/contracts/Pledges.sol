// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "./Consortium.sol";

/// Who holds which pledge 质押承诺登记: first come, first served. What is pledged stands here only as a commitment, a keyed hash that
/// tells nothing to whoever does not have the consortium's key; who pledged it does not stand here at all.
contract Pledges {
    Consortium public immutable consortium;

    struct Holding {
        bytes32 claimId;
        uint32 seat;
    }
    /// Who holds a commitment now; seat 0 where nobody does.
    mapping(bytes32 commitment => Holding) public holdingOf;
    /// A claim is decided once, however often it arrives. By seat, so that nobody can use up the ids of another.
    mapping(uint32 seat => mapping(bytes32 claimId => bool)) public decided;

    // Every call that does not revert leaves one event, and the first one of a claim is its outcome: who follows the events knows all.
    event Claimed(bytes32 indexed commitment, bytes32 indexed claimId, uint32 indexed seat);
    event Refused(bytes32 indexed commitment, bytes32 indexed claimId, uint32 indexed seat);
    event Released(bytes32 indexed commitment, bytes32 indexed claimId, uint32 indexed seat);

    error Empty();
    /// A release of what was never claimed: it has come before its claim.
    error NotClaimed();

    constructor(Consortium consortium_) {
        consortium = consortium_;
    }

    /// Takes a commitment that nobody holds. A claim that arrives again is told what it was told the first time, unless it was
    /// released since: then it is refused, and holds nothing.
    function claim(bytes32 commitment, bytes32 claimId) external {
        uint32 seat = consortium.requireSeat(msg.sender);
        if (commitment == 0 || claimId == 0) revert Empty();
        Holding storage holding = holdingOf[commitment];
        if (!decided[seat][claimId]) {
            decided[seat][claimId] = true;
            if (holding.seat == 0) {
                holding.claimId = claimId;
                holding.seat = seat;
            }
        }
        if (holding.seat == seat && holding.claimId == claimId) emit Claimed(commitment, claimId, seat);
        else emit Refused(commitment, claimId, seat);
    }

    /// Gives a commitment free, if this claim of this member holds it. To release again, or what was refused, changes nothing.
    function release(bytes32 commitment, bytes32 claimId) external {
        uint32 seat = consortium.requireSeat(msg.sender);
        if (!decided[seat][claimId]) revert NotClaimed();
        Holding storage holding = holdingOf[commitment];
        if (holding.seat == seat && holding.claimId == claimId) delete holdingOf[commitment];
        emit Released(commitment, claimId, seat);
    }
}
