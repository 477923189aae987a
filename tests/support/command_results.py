"""The result of a command, and the check of a refusal."""

from collections.abc import Callable
from typing import NamedTuple


class End(NamedTuple):
    """Exit status and output of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., End]


def refused(end: End, status: int, *words: str) -> None:
    """Checks that a command refused with that status, and that its message has these words."""
    assert end.returncode == status, end.stderr
    assert end.stdout == ""
    for word in words:
        assert word in end.stderr, end.stderr
