"""Tells the contacts of a successor that tokens of a unit before it wait for their confirmation (rules §12)."""

from collections.abc import Iterable
from datetime import datetime

from app.access.queries import list_tokens
from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.localtime import local_date
from app.notifications.outbox.letters import Letter
from app.notifications.outbox.messages import NoRecipient, OutboxMessage
from app.notifications.reminders.contacts import Contact

KIND = "succession"


async def succession_messages(
    connection: Connection, reference: Reference, contacts: Iterable[Contact], now: datetime
) -> list[tuple[Contact, OutboxMessage]]:
    """One message for each succeeded unit with waiting tokens to each contact of the successor, except officers."""
    waiting = await _waiting(connection, reference, now)
    return [
        (
            contact,
            OutboxMessage(
                occasion=f"succession:{unit}:{contact.id}",
                channel=contact.channel,
                kind=KIND,
                recipient=f"contact:{contact.id}",
                unit_id=contact.unit_id,
                data={"unit": unit},
                next_at=now,
            ),
        )
        for contact in contacts
        for unit in sorted(waiting.get(contact.unit_id, ()))
        if contact.role != "officer"
    ]


async def succession_letter(
    connection: Connection, reference: Reference, contact: Contact, unit: int, now: datetime
) -> Letter:
    """The letter about the waiting tokens of the unit. Raises NoRecipient if none waits any more."""
    if unit not in (await _waiting(connection, reference, now)).get(contact.unit_id, ()):
        raise NoRecipient
    former = reference.units[unit].full_name
    short = f"Mã truy cập của {former} chờ xác nhận"
    text = (
        f"{former} đã kết thúc và {reference.units[contact.unit_id].full_name} là đơn vị kế thừa.\n\n"
        "Mã truy cập của đơn vị cũ chỉ dùng được cho hồ sơ của chính đơn vị đó. Đề nghị quản trị viên xem danh sách mã "
        "đang chờ, xác nhận mã còn cần và thu hồi mã không cần nữa.\n"
    )
    return Letter(contact.address, short, text, short)


async def _waiting(connection: Connection, reference: Reference, now: datetime) -> dict[int, set[int]]:
    """The units with valid tokens that wait, by the successor that has to confirm them."""
    today, successors = local_date(now), {}
    for unit in reference.units:
        if (successor := reference.awaited(unit, today)) is not None:
            successors[unit] = successor.id
    units: dict[int, set[int]] = {}
    for token in await list_tokens(connection, now, units=successors, active=True) if successors else ():
        if token.unit_id is not None:
            units.setdefault(successors[token.unit_id], set()).add(token.unit_id)
    return units
