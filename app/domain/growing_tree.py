"""A Merkle tree that grows, by RFC 6962, section 2.1: roots of any size, and proofs between sizes (rules §13)."""

from collections.abc import Sequence

from app.domain.merkle import leaf, node

_SIZE = 32
EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


class GrowingTree:
    """The hashes of all complete subtrees, 64 bytes for each leaf: each root and proof takes logarithmic time."""

    def __init__(self) -> None:
        # levels[n]: the roots of the subtrees of 2^n leaves, one after another.
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0]) // _SIZE

    def leaf(self, index: int) -> bytes:
        """The hash of a leaf."""
        return self._node(0, index)

    def append(self, value: bytes) -> None:
        """Adds a leaf over `value`."""
        added, level = leaf(value), 0
        while True:
            self._levels[level] += added
            count = len(self._levels[level]) // _SIZE
            if count % 2:
                return
            added = node(self._node(level, count - 2), self._node(level, count - 1))
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves."""
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The path from a leaf to the root of `size` leaves (section 2.1.1)."""
        return self._path(index, 0, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `old` leaves begin the tree of `new` leaves; empty for none (section 2.1.2)."""
        return self._proof(old, 0, new, whole=True) if 0 < old < new else []

    def _node(self, level: int, index: int) -> bytes:
        return bytes(self._levels[level][index * _SIZE : (index + 1) * _SIZE])

    def _subtree(self, start: int, end: int) -> bytes:
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._node(level, start >> level)
        middle = start + _split(count)
        return node(self._subtree(start, middle), self._subtree(middle, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._subtree(middle, end)]
        return [*self._path(index, middle, end), self._subtree(start, middle)]

    def _proof(self, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self._subtree(start, end)]
        middle = start + _split(end - start)
        if old <= middle:
            return [*self._proof(old, start, middle, whole=whole), self._subtree(middle, end)]
        return [*self._proof(old, middle, end, whole=False), self._subtree(start, middle)]


def includes(root: bytes, size: int, leaf_hash: bytes, index: int, path: Sequence[bytes]) -> bool:
    """True if the path leads from the leaf at `index` to the root of `size` leaves."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf_hash
    for beside in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            value = node(beside, value)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node(value, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and value == root


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """True if the proof shows that the tree of `new` leaves begins with that of `old` leaves (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 <= old < new:
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for beside in steps[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            before, after = node(beside, before), node(beside, after)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node(after, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and (before, after) == (old_root, new_root)


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
