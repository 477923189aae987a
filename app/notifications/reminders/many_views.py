"""Tells supervisors that a client saw people of very many dossiers within an hour (rules §13)."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, case, func, select

from app.access.shown_people import SEVERAL
from app.catalogue.cache import Reference, ReferenceCache
from app.database import Connection, Database, Instant, Prepared
from app.database.tables import access_log
from app.domain.localtime import local, local_date
from app.notifications.outbox.letters import Letter
from app.notifications.outbox.messages import NoRecipient, OutboxMessage, put
from app.notifications.reminders.contacts import Contact, active_contacts

KIND = "views"
_WINDOW = timedelta(hours=1)

_log = access_log.c
_since = bindparam("since", type_=Instant())
# The log has no index by time. Its ids follow the time but for views that came late.
_BEFORE = Prepared(select(_log.id).where(_log.viewed_at < _since).order_by(_log.id.desc()).limit(1))
_IN_WINDOW = (
    _log.id > bindparam("after", type_=BigInteger),
    _log.viewed_at >= _since,
    _log.viewed_at < bindparam("until", type_=Instant()),
)
# Of a list in JSON: a comma less than members.
_listed = func.length(_log.dossiers) - func.length(func.replace(_log.dossiers, ",", "")) + 1
_shown = func.sum(case((_log.dossier_id == SEVERAL, _listed), else_=1))
_MANY = Prepared(
    select(_log.client, _log.unit_id, func.max(_log.id).label("last"))
    .where(*_IN_WINDOW)
    .group_by(_log.client, _log.unit_id)
    .having(_shown > bindparam("most", type_=BigInteger))
)
_OF_CLIENT = Prepared(
    select(_log.dossier_id, _log.dossiers).where(
        *_IN_WINDOW, _log.client == bindparam("client"), _log.unit_id.is_not_distinct_from(bindparam("unit"))
    )
)
_CLIENT = Prepared(select(_log.client).where(_log.id == bindparam("view")))


class ManyViews(NamedTuple):
    """A client that saw people of `dossiers` dossiers since an instant; `last`: the id of its last view."""

    client: str
    unit_id: int | None
    since: datetime
    dossiers: int
    last: int


async def tell_of_many_views(
    database: Database, cache: ReferenceCache, channels: Collection[str], most: int, now: datetime
) -> None:
    """Stores one message for each client and hour with more dossiers than `most`, to each supervisor above it.

    It looks at this hour and at the one before. A message is sent at once, also outside office hours.
    """
    async with database.reading(heavy=True) as connection:
        contacts = [item for item in await active_contacts(connection) if item.role == "supervisor"]
        reachable = [contact for contact in contacts if contact.channel in channels]
        if not reachable:
            return
        reference = await cache.current(connection)
        start = now.replace(minute=0, second=0, microsecond=0)
        viewers = [viewer for since in (start - _WINDOW, start) for viewer in await _many(connection, since, most)]
    messages = [
        _message(viewer, contact, now)
        for viewer in viewers
        for contact in reachable
        if _is_above(reference, contact, viewer.unit_id, now)
    ]
    if messages:
        async with database.writing() as connection:
            await put(connection, messages, now)


async def many_views_letter(
    connection: Connection, reference: Reference, contact: Contact, facts: Mapping[str, int]
) -> Letter:
    """The letter. Raises NoRecipient if the view that names the client is gone."""
    client = await connection.scalar(_CLIENT, view=facts["view"])
    if client is None:
        raise NoRecipient
    since = local(datetime.fromtimestamp(facts["since"], UTC))
    short = f"Xem dữ liệu cá nhân của {facts['dossiers']} hồ sơ trong một giờ"
    text = (
        f"{reference.units[contact.unit_id].full_name}: tài khoản {client} đã xem dữ liệu cá nhân của ít nhất "
        f"{facts['dossiers']} hồ sơ khác nhau từ {since:%H:%M} ngày {since:%d/%m/%Y}, trong một giờ.\n\n"
        "Đề nghị kiểm tra xem việc này có phục vụ công việc hay không. Nhật ký truy cập của từng hồ sơ cho biết ai đã "
        "xem. Nếu không rõ lý do, hãy thu hồi mã truy cập của tài khoản.\n"
    )
    return Letter(contact.address, short, text, short)


async def _many(connection: Connection, since: datetime, most: int) -> list[ManyViews]:
    after = await connection.scalar(_BEFORE, since=since) or 0
    window = {"after": after, "since": since, "until": since + _WINDOW}
    viewers = []
    for row in await connection.all(_MANY, **window, most=most):
        seen: set[int] = set()
        for view in await connection.all(_OF_CLIENT, **window, client=row.client, unit=row.unit_id):
            seen |= set(view.dossiers or (view.dossier_id,))
        # A list that is read again and again shows the same people.
        if len(seen) > most:
            viewers.append(ManyViews(row.client, row.unit_id, since, len(seen), row.last))
    return viewers


def _message(viewer: ManyViews, contact: Contact, now: datetime) -> OutboxMessage:
    # A client can be a person, and messages have no personal data: the letter takes the name from the view.
    name = sha256(viewer.client.encode()).hexdigest()[:16]
    since = int(viewer.since.timestamp())
    return OutboxMessage(
        occasion=f"views:{name}:{viewer.unit_id or 0}:{since}:{contact.id}",
        channel=contact.channel,
        kind=KIND,
        recipient=f"contact:{contact.id}",
        unit_id=contact.unit_id,
        data={"view": viewer.last, "since": since, "dossiers": viewer.dossiers},
        next_at=now,
    )


def _is_above(reference: Reference, contact: Contact, unit_id: int | None, now: datetime) -> bool:
    """Whether the unit is in the supervisor's subtree. A client of all units has those at the top above it."""
    if unit_id is None:
        return reference.units[contact.unit_id].parent_id is None
    return unit_id in reference.widened_scope(contact.unit_id, local_date(now))
