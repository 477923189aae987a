"""Merkle trees by RFC 6962, section 2.1: the root of many hashes, and the path from one hash to it (rules §13)."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """One level of a path: the sibling hash, and True if it is on the left."""

    left: bool
    hash: bytes


def leaf(value: bytes) -> bytes:
    """The hash of a leaf; its first byte distinguishes it from a node."""
    return hashlib.sha256(b"\x00" + value).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over at least one leaf hash, or over roots of whole subtrees of one size, a power of two.

    The last subtree may be smaller; the tree is the same.
    """
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(hashes: Sequence[bytes], index: int) -> list[Step]:
    """The siblings on the way from the hash at `index` up to `root(hashes)`, lowest first."""
    steps: list[Step] = []
    level = list(hashes)
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            steps.append(Step(beside < index, level[beside]))
        level, index = _above(level), index // 2
    return steps


def root_of_path(value: bytes, steps: Sequence[Step]) -> bytes:
    """The root at the end of a path from a leaf hash."""
    for step in steps:
        value = node(step.hash, value) if step.left else node(value, step.hash)
    return value


def _above(level: list[bytes]) -> list[bytes]:
    # A hash without a sibling moves up unchanged, which gives the tree of the recursive definition.
    paired = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*paired, level[-1]] if len(level) % 2 else paired
