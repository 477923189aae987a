"""The growing tree of seals: roots as published for Certificate Transparency, and proofs that show each change."""

import pytest

from app.domain import merkle
from app.domain.growing_tree import EMPTY_ROOT, GrowingTree, includes, is_consistent

# Inputs and roots of the reference tests of Certificate Transparency.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 33


@pytest.fixture(scope="module")
def tree() -> GrowingTree:
    grown = GrowingTree()
    for number in range(MOST):
        grown.append(str(number).encode())
    return grown


def test_roots_are_those_of_the_reference() -> None:
    tree = GrowingTree()
    assert tree.root(0) == EMPTY_ROOT
    for value in LEAVES:
        tree.append(bytes.fromhex(value))
    assert [tree.root(size).hex() for size in range(1, 9)] == ROOTS


def test_roots_are_those_of_the_trees_of_seals(tree: GrowingTree) -> None:
    leaves = [tree.leaf(index) for index in range(MOST)]
    for size in range(1, MOST + 1):
        assert tree.root(size) == merkle.root(leaves[:size])


def test_each_leaf_is_included_and_no_other(tree: GrowingTree) -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            path = tree.inclusion(index, size)
            assert includes(tree.root(size), size, tree.leaf(index), index, path)
            assert not includes(tree.root(size), size, tree.leaf((index + 1) % MOST), index, path)
            assert not includes(tree.root(size), size, tree.leaf(index), index, [*path, EMPTY_ROOT])
            assert not path or not includes(tree.root(size), size, tree.leaf(index), index, path[:-1])
    assert not includes(tree.root(3), 3, tree.leaf(0), 3, [])


def test_each_size_is_consistent_with_each_larger_one_and_no_forgery_is(tree: GrowingTree) -> None:
    for new in range(MOST + 1):
        for old in range(new + 1):
            proof, roots = tree.consistency(old, new), (tree.root(old), tree.root(new))
            assert is_consistent(old, roots[0], new, roots[1], proof)
            assert not is_consistent(old, bytes(32), new, roots[1], proof)
            assert not is_consistent(old, roots[0], new, bytes(32), proof) or old == 0 < new
            assert not is_consistent(old, roots[0], new, roots[1], [*proof, EMPTY_ROOT])
            assert not proof or not is_consistent(old, roots[0], new, roots[1], proof[:-1])
    assert not is_consistent(3, tree.root(3), 2, tree.root(2), [])
