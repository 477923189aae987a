"""Mail with the newest seal, once for each day, to places outside (rules §13)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from app.audit.seals.lines import line
from app.audit.seals.queries import last_seal, oldest_seals
from app.database import Connection, Database
from app.domain.localtime import local_date
from app.notifications.outbox.letters import Letter
from app.notifications.outbox.messages import Message, NoRecipient, OutboxMessage, put

# A mail about an older seal is not due: a sent message is deleted some day, and would be sent again.
_AGE = timedelta(days=7)


class SealMail:
    """Stores the mail of each day once. `addresses`: who gets it."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._last: date | None = None

    async def store(self, database: Database, now: datetime) -> None:
        """Stores the messages with the newest seal, if a day has ended and was sealed since the last ones."""
        if not self._addresses:
            return
        async with database.reading() as connection:
            seal = await last_seal(connection)
        if seal is None or seal.date == self._last or seal.sealed_at < now - _AGE:
            return
        messages = [
            OutboxMessage(
                occasion=f"seal:{address}:{seal.date}",
                channel="email",
                kind="seal",
                recipient=f"seals:{address}",
                data={"seal": seal.number},
                next_at=now,
            )
            for address in self._addresses
        ]
        async with database.writing() as connection:
            await put(connection, messages, now)
        self._last = seal.date


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
