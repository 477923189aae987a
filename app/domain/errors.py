"""Errors of the domain: the law or the register refuses, or cannot be asked."""

from typing import Any


class DomainError(Exception):
    """A refusal with a stable machine `code`, a sentence for people in `detail`, and facts about it in `extra`."""

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.extra = extra


class NotFound(DomainError):
    """What was named does not exist, or not for this caller."""


class NotAllowed(DomainError):
    """This caller may not do this."""


class Conflict(DomainError):
    """Well formed, but not possible in the present state."""


class Invalid(DomainError):
    """The input itself is wrong; `pointer` among the extras says where."""


class Unavailable(DomainError):
    """The service cannot serve at the moment."""
