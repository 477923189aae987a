"""Messages with the newest seal: mail once for each day, and signed webhooks (rules §13)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.audit.seals.encoding import Seal, seal_content
from app.audit.seals.lines import line
from app.audit.seals.queries import last_seal, oldest_seals
from app.database import Connection, Database
from app.domain.localtime import local_date
from app.http.wire_types import shown
from app.notifications.outbox.letters import Letter
from app.notifications.outbox.messages import Message, NoRecipient, OutboxMessage, put
from app.notifications.webhooks.payload import SEAL
from app.notifications.webhooks.queries import Webhook, active_webhooks

# A mail about an older seal is not due: a sent message is deleted some day, and would be sent again.
_AGE = timedelta(days=7)


class SealMessages:
    """Stores the messages about the newest seal, each once. `addresses`: who gets a mail a day."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._last = 0

    async def store(self, database: Database, now: datetime) -> None:
        """Stores the messages, if there is a new seal since the last call. Webhooks get it if they name the type."""
        async with database.reading() as connection:
            seal = await last_seal(connection)
            if seal is None or seal.number == self._last or seal.sealed_at < now - _AGE:
                return
            webhooks = [webhook for webhook in await active_webhooks(connection) if SEAL in webhook.types]
        messages = [_mail(seal, address, now) for address in self._addresses]
        messages += [_event(seal, webhook, now) for webhook in webhooks]
        if messages:
            async with database.writing() as connection:
                await put(connection, messages, now)
        self._last = seal.number


def _mail(seal: Seal, address: str, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        occasion=f"seal:{address}:{seal.date}",
        channel="email",
        kind="seal",
        recipient=f"seals:{address}",
        data={"seal": seal.number},
        next_at=now,
    )


def _event(seal: Seal, webhook: Webhook, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        occasion=f"seal:webhook:{webhook.id}:{seal.number}",
        channel="webhook",
        kind="seal",
        recipient=str(webhook.id),
        unit_id=webhook.unit_id,
        data={
            "id": f"evt_{webhook.id}_seal_{seal.number}",
            "type": SEAL,
            "timestamp": shown(seal.sealed_at),
            "data": {"number": seal.number, "hash": seal.hash, "content": seal_content(seal)},
        },
        next_at=now,
    )


async def seal_letter(connection: Connection, message: Message, now: datetime) -> Letter:  # noqa: ARG001 - a composer
    """The letter with the line of the seal to keep. Raises NoRecipient without the seal."""
    number = message.data["seal"]
    seals = await oldest_seals(connection, number - 1, 1)
    if not seals or seals[0].number != number:
        raise NoRecipient
    (seal,) = seals
    subject = f"Dấu niêm phong số {number} của nhật ký hồ sơ"
    text = (
        f"Dấu niêm phong số {number}, lập ngày {local_date(seal.sealed_at):%d/%m/%Y}, "
        "bảo vệ mọi bản ghi trước đó. Đề nghị lưu thư này: "
        "về sau mọi sửa đổi nhật ký được phát hiện bằng cách so với dòng dưới đây (motcua verify --seals).\n\n"
        f"Seal {number} protects all entries before it. Please keep this mail: the line below reveals changes.\n\n"
        f"{line(seal)}\n"
    )
    return Letter(message.recipient.partition(":")[2], subject, text, subject)
