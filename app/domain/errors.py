"""Refusals with a stable code: by the law, by the register, or because the service is unavailable."""

from functools import partial
from typing import Any


class DomainError(Exception):
    """A refusal: a stable `code` for machines, a sentence for people in `detail`, and facts in `extra`."""

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.extra = extra

    def __reduce__(self) -> tuple[Any, ...]:
        """The parts from which another process makes the same refusal."""
        return partial(type(self), **self.extra), (self.code, self.detail)


class NotFound(DomainError):
    """The named thing does not exist, or not for this caller."""


class NotAllowed(DomainError):
    """This caller may not do this."""


class Conflict(DomainError):
    """The request is well formed, but not possible in the present state."""


class Invalid(DomainError):
    """The input is wrong; `pointer` in `extra` names the field."""


class Unavailable(DomainError):
    """The service cannot serve at the moment."""
