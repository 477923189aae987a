"""How a command ended, and what is expected of one that refuses."""

from collections.abc import Callable
from typing import NamedTuple


class End(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., End]


def refused(end: End, status: int, *words: str) -> None:
    """A refusal of that status that says these words."""
    assert end.returncode == status, end.stderr
    assert end.stdout == ""
    for word in words:
        assert word in end.stderr, end.stderr
