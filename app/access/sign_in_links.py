"""Links by which a person sets the first password or another one: made, opened once, used once (rules §21)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from sqlalchemy import bindparam, select, update

from app.access.persons import PersonState
from app.access.sessions import session_hash
from app.database import Connection, Prepared, tables
from app.ledger.entries import Author

_links, _persons = tables.sign_in_links.c, tables.persons.c
_NOW = bindparam("now", type_=_links.expires_at.type)
_OPEN = Prepared(
    select(tables.sign_in_links)
    .join(tables.persons, _persons.id == _links.person_id)
    .where(
        _links.id == bindparam("link"),
        _links.used_at.is_(None),
        _links.expires_at > _NOW,
        _persons.state == PersonState.ACTIVE.value,
    )
)
_USE = Prepared(
    update(tables.sign_in_links)
    .where(_links.id == bindparam("link"), _links.used_at.is_(None))
    .values(used_at=bindparam("now"))
)
# A newer link replaces the ones before, so that a forgotten one opens nothing.
_REPLACE = Prepared(
    update(tables.sign_in_links)
    .where(_links.person_id == bindparam("person"), _links.used_at.is_(None), _links.expires_at > _NOW)
    .values(expires_at=_NOW)
)


@unique
class LinkKind(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that can be used; `id` is the hash of its secret. `shown`: to its author, and not mailed."""

    id: str
    person_id: int
    kind: LinkKind
    created_by: str
    shown: bool
    expires_at: datetime


async def issue_link(
    connection: Connection,
    person_id: int,
    kind: LinkKind,
    author: Author,
    now: datetime,
    expires_at: datetime,
    *,
    shown: bool,
) -> str:
    """The secret of a new link, of which only the hash is stored. Older links of the person end."""
    secret = secrets.token_urlsafe(32)
    await connection.run(_REPLACE, person=person_id, now=now)
    row = {
        "id": session_hash(secret),
        "person_id": person_id,
        "kind": str(kind),
        "created_at": now,
        "expires_at": expires_at,
        "created_by": author.client,
        "shown": shown,
    }
    await connection.insert(tables.sign_in_links, row)
    return secret


async def open_link(connection: Connection, secret: str, now: datetime) -> SignInLink | None:
    """The link with the secret; None if it was used, expired or replaced, or its person may not sign in."""
    row = await connection.first(_OPEN, link=session_hash(secret), now=now)
    if row is None:
        return None
    return SignInLink(row.id, row.person_id, LinkKind(row.kind), row.created_by, row.shown, row.expires_at)


async def use_link(connection: Connection, link: SignInLink, now: datetime) -> bool:
    """Marks the link as used; False if another request was faster."""
    return await connection.run(_USE, link=link.id, now=now) == 1


def link_path(secret: str) -> str:
    """The address of the page that a link opens."""
    return f"/sign-in/link/{secret}"
