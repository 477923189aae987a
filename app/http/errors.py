"""Errors of requests: refused access, and requests that cannot be served as they are."""

from app.domain.errors import DomainError


class AccessError(DomainError):
    """A refusal because of the caller, independent of the dossier's state."""


class Unauthenticated(AccessError):
    """The request has no valid token."""


class Forbidden(AccessError):
    """The caller has no right to do this."""


class Unparsable(DomainError):
    """A header, a cursor or another part of the request cannot be parsed."""


class NotAcceptable(DomainError):
    """No media type that the client accepts is available."""


class VersionChanged(DomainError):
    """The client tried to change a version that is not the present one."""


class TooMany(DomainError):
    """The client sends too many requests; the next one is possible after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too_many_requests", f"Too many requests: retry in {retry_after} s.")
        self.retry_after = retry_after
