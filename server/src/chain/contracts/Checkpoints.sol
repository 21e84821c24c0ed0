// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "./Consortium.sol";

/// Heads of the members' evidence logs 存证日志检查点. A log that is anchored here can no longer be rewritten unnoticed: its sizes only
/// grow, and two roots of one size are proof that it forked.
contract Checkpoints {
    Consortium public immutable consortium;

    /// The largest tree of a member's log; size 0 where none was anchored. `origin` is the SHA-256 of the log's name.
    mapping(uint32 seat => mapping(bytes32 origin => uint64)) public sizeOf;
    /// Root at each size that was anchored. A log is a member's own, so that nobody can make another's look forked.
    mapping(uint32 seat => mapping(bytes32 origin => mapping(uint64 size => bytes32))) public rootAt;

    /// `note` is the SHA-256 of the signed note, by which the checkpoint that was anchored is known among others of the same tree.
    event Anchored(uint32 indexed seat, bytes32 indexed origin, uint64 indexed size, bytes32 root, bytes32 note);
    event Forked(uint32 indexed seat, bytes32 indexed origin, uint64 indexed size, bytes32 root, bytes32 other);

    error Empty();
    error Shrinks(uint64 anchored, uint64 size);

    constructor(Consortium consortium_) {
        consortium = consortium_;
    }

    function anchor(bytes32 origin, uint64 size, bytes32 root, bytes32 note) external {
        uint32 seat = consortium.requireSeat(msg.sender);
        if (size == 0 || root == 0) revert Empty();
        bytes32 known = rootAt[seat][origin][size];
        if (known == root) {
            emit Anchored(seat, origin, size, root, note);
            return;
        }
        if (known != 0) {
            // The first root stays; the second is kept as what it is, proof against the log.
            emit Forked(seat, origin, size, known, root);
            return;
        }
        uint64 anchored = sizeOf[seat][origin];
        if (size <= anchored) revert Shrinks(anchored, size);
        sizeOf[seat][origin] = size;
        rootAt[seat][origin][size] = root;
        emit Anchored(seat, origin, size, root, note);
    }
}
