"""Services of requests that sign people in."""

from dataclasses import dataclass

from app.access.dependencies import AccessServices
from app.identity.local_accounts.hashing import Hasher


@dataclass(frozen=True, kw_only=True)
class AccountServices(AccessServices):
    """Services of requests with passwords."""

    hasher: Hasher
