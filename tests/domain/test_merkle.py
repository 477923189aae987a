"""The Merkle tree against the definition of RFC 6962, and its paths."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from app.domain.merkle import Step, leaf, path, root, root_of_path

values = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


def tree_hash(data: list[bytes]) -> bytes:
    """Section 2.1, word by word."""
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while 2 * k < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(data[:k]) + tree_hash(data[k:])).digest()


@given(values)
def test_the_root_is_that_of_the_definition(data: list[bytes]) -> None:
    assert root([leaf(value) for value in data]) == tree_hash(data)


@given(values, st.sampled_from([1, 2, 4, 8, 16]))
def test_the_roots_of_blocks_of_a_power_of_two_give_the_same_root(data: list[bytes], size: int) -> None:
    leaves = [leaf(value) for value in data]
    assert root([root(leaves[at : at + size]) for at in range(0, len(leaves), size)]) == tree_hash(data)


@given(values)
def test_every_path_leads_to_the_root_and_no_other_value_does(data: list[bytes]) -> None:
    leaves = [leaf(value) for value in data]
    for at, leaf_hash in enumerate(leaves):
        steps = path(leaves, at)
        assert root_of_path(leaf_hash, steps) == root(leaves)
        assert root_of_path(leaf(b"another"), steps) != root(leaves)
        if steps:
            turned = [Step(not steps[0].left, steps[0].hash), *steps[1:]]
            assert (root_of_path(leaf_hash, turned) == root(leaves)) == (leaf_hash == steps[0].hash)


def test_a_leaf_is_no_node() -> None:
    first, second = leaf(b"1"), leaf(b"2")
    assert root([first, second]) != leaf(first + second)


def test_the_first_vectors_of_the_published_logs() -> None:
    assert leaf(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    two = root([leaf(b""), leaf(b"\x00")])
    assert two.hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
