"""Errors of requests: access refused, or a request that cannot be served as it was made."""

from app.domain.errors import DomainError


class AccessError(DomainError):
    """Refused for who is calling, whatever the dossier's state."""


class Unauthenticated(AccessError):
    """No token that holds came with the request."""


class Forbidden(AccessError):
    """This caller may not do this."""


class Unparsable(DomainError):
    """A header, a cursor or another part of the request cannot be read at all."""


class NotAcceptable(DomainError):
    """Nothing of what the client accepts can be given."""


class VersionChanged(DomainError):
    """The client would change another version than there is."""


class TooMany(DomainError):
    """This client asks too often; it may again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too_many_requests", f"Too many requests: ask again in {retry_after} s.")
        self.retry_after = retry_after
