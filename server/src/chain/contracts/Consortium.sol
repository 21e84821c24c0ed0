// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "./Checkpoints.sol";
import {Pledges} from "./Pledges.sol";

/// The institutions that keep the register together 联盟成员. Each has a seat, a number that outlives its key: whoever loses a key is
/// given back the seat under another one by the others. More than half of the seats decide who joins and who leaves.
/// Deployed whole: this one address is all that a member has to know.
contract Consortium {
    Pledges public immutable pledges;
    Checkpoints public immutable checkpoints;
    /// Block from which the register is read.
    uint256 public immutable since;

    /// Seat of an address; 0 is none.
    mapping(address member => uint32 seat) public seatOf;
    /// Holder of a seat; the zero address where the member has left. A seat is never given to another institution.
    mapping(uint32 seat => address member) public memberAt;
    uint32 public lastSeat;
    uint32 public members;

    /// Counts changes of membership. Approvals speak of the membership as it stands, so each change lets those outstanding lapse.
    uint256 public round;
    mapping(bytes32 change => mapping(uint32 seat => bool)) private approved;
    mapping(bytes32 change => uint32) private approvals;

    event MemberChanged(uint32 indexed seat, address indexed leaving, address indexed joining);
    event Approved(uint32 indexed seat, address indexed leaving, address indexed joining, uint256 round);

    error NotMember(address who);
    error AlreadyMember(address who);
    error AlreadyApproved();
    error NothingToChange();
    error LastMember();
    error NoFounders();

    constructor(address[] memory founders) {
        if (founders.length == 0) revert NoFounders();
        for (uint256 i = 0; i < founders.length; i++) seat(founders[i]);
        since = block.number;
        pledges = new Pledges(this);
        checkpoints = new Checkpoints(this);
    }

    /// Approves one change: somebody joins (`leaving` is zero), leaves (`joining` is zero), or takes over a seat under another address.
    /// The approval that makes them more than half carries it out.
    function approve(address leaving, address joining) external {
        uint32 by = requireSeat(msg.sender);
        if (leaving == joining) revert NothingToChange();
        if (leaving != address(0) && seatOf[leaving] == 0) revert NotMember(leaving);
        if (joining != address(0) && seatOf[joining] != 0) revert AlreadyMember(joining);
        bytes32 change = keccak256(abi.encode(round, leaving, joining));
        if (approved[change][by]) revert AlreadyApproved();
        approved[change][by] = true;
        uint32 count = ++approvals[change];
        emit Approved(by, leaving, joining, round);
        if (uint256(count) * 2 <= members) return;
        round++;
        if (leaving == address(0)) {
            seat(joining);
            return;
        }
        uint32 number = seatOf[leaving];
        delete seatOf[leaving];
        memberAt[number] = joining;
        if (joining != address(0)) seatOf[joining] = number;
        else if (--members == 0) revert LastMember();
        emit MemberChanged(number, leaving, joining);
    }

    /// How many have approved a change of the membership as it stands.
    function approvalsOf(address leaving, address joining) external view returns (uint32) {
        return approvals[keccak256(abi.encode(round, leaving, joining))];
    }

    function requireSeat(address who) public view returns (uint32 number) {
        number = seatOf[who];
        if (number == 0) revert NotMember(who);
    }

    function seat(address joining) private {
        if (joining == address(0)) revert NothingToChange();
        if (seatOf[joining] != 0) revert AlreadyMember(joining);
        uint32 number = ++lastSeat;
        members++;
        seatOf[joining] = number;
        memberAt[number] = joining;
        emit MemberChanged(number, address(0), joining);
    }
}
