"""Stores messages to people who sign in, and writes their letters."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from sqlalchemy import bindparam, select

from app.access.persons import find_person
from app.access.sessions import session_hash
from app.access.sign_in_links import LinkKind, link_path, open_link
from app.database import Connection, Prepared, tables
from app.domain.errors import NotFound
from app.domain.localtime import local
from app.lookup.texts import day_text
from app.notifications.outbox.letters import Letter
from app.notifications.outbox.messages import Message, NoRecipient, OutboxMessage, put

_LINK, _RESET = "sign_in_link", "account_reset"
_PURPOSE = "outbox/sign_in_link"

_NAME = Prepared(select(tables.persons.c.name).where(tables.persons.c.id == bindparam("person")))


async def mail_link(connection: Connection, person_id: int, kind: LinkKind, secret: str, now: datetime) -> None:
    """Mails a link to the person. Its secret is stored encrypted, and only until the message is deleted."""
    data = {"kind": str(kind), "secret": connection.ring.encrypt(secret, _PURPOSE)}
    # Two links of one second are two mails: the older link does not open any more.
    await put(connection, [_message(person_id, _LINK, now, data, session_hash(secret)[:16])], now)


async def tell_of_reset(
    connection: Connection, person_id: int, administrator_id: int | None, rests_until: datetime, now: datetime
) -> None:
    """Tells the person and the administrator that the account was reset. None: by a token or a command."""
    data = {"person": person_id, "rests_until": int(rests_until.timestamp())}
    people = {person_id} if administrator_id is None else {person_id, administrator_id}
    await put(connection, [_message(key, _RESET, now, data, person_id) for key in sorted(people)], now)


class PersonLetters:
    """The composer of letters to people who sign in."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")

    async def __call__(self, connection: Connection, message: Message, now: datetime) -> Letter:
        """The letter. Raises NoRecipient without an address, and for a link that can no longer be used."""
        try:
            person = await find_person(connection, int(message.recipient.partition(":")[2]))
        except NotFound:
            raise NoRecipient from None
        if not person.email:
            raise NoRecipient
        if message.kind == _RESET:
            subject, text = await self._reset(connection, person.id, message)
        else:
            subject, text = await self._link(connection, message, now)
        return Letter(person.email, subject, f"Kính gửi: Ông/Bà {person.name}\n\n{text}", subject)

    async def _link(self, connection: Connection, message: Message, now: datetime) -> tuple[str, str]:
        secret = connection.ring.decrypt(message.data["secret"], _PURPOSE)
        link = await open_link(connection, secret, now)
        if link is None or not self._public_url:
            raise NoRecipient
        invited = link.kind is LinkKind.INVITATION
        subject = "Mời sử dụng phần mềm Một cửa" if invited else "Đặt lại mật khẩu phần mềm Một cửa"
        until = local(link.expires_at)
        end = f"{until.hour:02}:{until.minute:02} ngày {day_text(until.date(), 'vi')}"
        text = (
            ("Ông/Bà được cấp tài khoản." if invited else "Có yêu cầu đặt lại mật khẩu cho tài khoản của Ông/Bà.")
            + " Vui lòng mở địa chỉ sau để đặt mật khẩu:\n\n"
            + f"{self._public_url}{quote(link_path(secret))}\n\n"
            + f"Địa chỉ chỉ dùng được một lần, đến {end}. Vui lòng không chuyển tiếp thư này.\n"
            + ("" if invited else "Nếu Ông/Bà không yêu cầu, vui lòng bỏ qua thư này: mật khẩu không thay đổi.\n")
        )
        return subject, text

    async def _reset(self, connection: Connection, reader: int, message: Message) -> tuple[str, str]:
        until = day_text(local(datetime.fromtimestamp(message.data["rests_until"], UTC)).date(), "vi")
        if message.data["person"] == reader:
            who = "Tài khoản của Ông/Bà đã được quản trị viên cấp lại đường dẫn đặt mật khẩu."
        else:
            name = await connection.scalar(_NAME, person=message.data["person"])
            who = f"Ông/Bà (tài khoản của Ông/Bà) đã cấp lại mật khẩu cho {name}."
        text = (
            f"{who} Quyền phê duyệt của tài khoản được cấp lại tạm dừng đến hết ngày {until}.\n"
            "Nếu việc này không do Ông/Bà yêu cầu hoặc thực hiện, vui lòng báo ngay người phụ trách hệ thống.\n"
        )
        return "Cấp lại mật khẩu phần mềm Một cửa", text


def _message(person_id: int, kind: str, now: datetime, data: Mapping[str, object], of: object) -> OutboxMessage:
    return OutboxMessage(
        occasion=f"{kind}:{person_id}:{of}:{int(now.timestamp())}",
        channel="email",
        kind=kind,
        recipient=f"person:{person_id}",
        data=data,
        next_at=now,
    )
