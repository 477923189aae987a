"""Merkle trees by RFC 6962, section 2.1: one hash for many, and the path from one of them to it (rules §13)."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """One level of a path: the hash that stands beside, and whether it stands to the left."""

    left: bool
    hash: bytes


def leaf(value: bytes) -> bytes:
    """The hash of a leaf, told by its first byte from that of a node."""
    return hashlib.sha256(b"\x00" + value).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over at least one leaf hash, or over the roots of whole subtrees of one size, a power of two.

    Only the last of those may be smaller, and then stands at the end: so the tree is the same.
    """
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(hashes: Sequence[bytes], index: int) -> list[Step]:
    """What stands beside the way from the hash at `index` up to `root(hashes)`, from below."""
    steps: list[Step] = []
    level = list(hashes)
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            steps.append(Step(beside < index, level[beside]))
        level, index = _above(level), index // 2
    return steps


def climbed(found: bytes, steps: Sequence[Step]) -> bytes:
    """The root to which a path leads from a leaf hash."""
    for step in steps:
        found = node(step.hash, found) if step.left else node(found, step.hash)
    return found


def _above(level: list[bytes]) -> list[bytes]:
    # What has nothing beside it goes up as it is: the same tree as the recursive definition's.
    paired = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*paired, level[-1]] if len(level) % 2 else paired
