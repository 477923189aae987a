"""The two ways in which access says no."""

from app.domain.errors import DomainError


class AccessError(DomainError):
    """Refused for who is calling, whatever the dossier's state."""


class Unauthenticated(AccessError):
    """No token that holds came with the request."""


class Forbidden(AccessError):
    """This caller may not do this."""
