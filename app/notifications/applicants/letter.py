"""Writes the letter to an applicant. Name and address are read at sending and not stored in the outbox."""

from datetime import datetime
from urllib.parse import quote

from sqlalchemy import bindparam, select

from app.contact_data import email_of, texts_to
from app.database import Connection, Prepared, Row
from app.database.tables import applicants, dossiers, entry_texts
from app.domain.state import Status
from app.dossiers.details import wait_of
from app.notifications.applicants.kinds import ANSWER_SOON
from app.notifications.applicants.texts import text_of
from app.notifications.outbox.letters import Letter
from app.notifications.outbox.messages import Message, NoRecipient
from app.slips.wording import addressee

_APPLICANT = Prepared(
    select(
        applicants.c.kind,
        applicants.c.name,
        applicants.c.email,
        applicants.c.phone,
        dossiers.c.status,
        dossiers.c.details,
        dossiers.c.notify,
        entry_texts.c.content.label("texts"),
    )
    .join(
        dossiers,
        (applicants.c.dossier_id == dossiers.c.id) & (applicants.c.number == dossiers.c.applicant_number),
    )
    .outerjoin(
        entry_texts,
        (entry_texts.c.dossier_id == dossiers.c.id) & (entry_texts.c.sequence == bindparam("sequence")),
    )
    .where(dossiers.c.id == bindparam("dossier"))
)
# A notice with a request is valid while the dossier has one of these statuses. Other notices report a past event.
_VALID_WHILE = {
    "papers_needed": (Status.SUBMITTED, Status.AWAITING_SUPPLEMENT),
    ANSWER_SOON: (Status.AWAITING_SUPPLEMENT,),
    "payment_needed": (Status.AWAITING_PAYMENT,),
    "ready": (Status.FINISHED,),
}


class ApplicantLetters:
    """The composer of letters to applicants; `public_url` is the address for looking up their dossier."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")

    async def __call__(self, connection: Connection, message: Message, now: datetime) -> Letter:
        """The letter. Raises NoRecipient if the applicant has no address, wants no messages, or was purged.

        Also if a request is no longer valid: the papers were brought, or the result was collected.
        """
        applicant = await connection.first(
            _APPLICANT, dossier=message.dossier_id, sequence=message.data.get("entry", 0)
        )
        valid_while = _VALID_WHILE.get(message.kind)
        if applicant is not None and not applicant.notify:
            raise NoRecipient
        if applicant is not None and valid_while is not None and applicant.status not in valid_while:
            raise NoRecipient
        written = None if applicant is None else applicant.email if message.channel == "email" else applicant.phone
        to = email_of(written) if message.channel == "email" else texts_to(written)
        if applicant is None or to is None:
            raise NoRecipient
        code, data = message.data["code"], message.data
        if message.kind == ANSWER_SOON:
            data = {**data, "answer_by": _answer_by(applicant, data["request"], now)}
        text = text_of(message.kind, code, data)
        where = f"Tra cứu: {self._public_url}/d/{quote(code)}" if self._public_url else ""
        greeting = f"Kính gửi: {addressee(applicant.kind, applicant.name)}"
        officer = (applicant.texts or {}).get("officer")
        by_whom = f"Cán bộ thực hiện: {officer}." if officer else ""
        whole = "\n\n".join(filter(None, [greeting, text.sentences, by_whom, where, _AUTOMATIC]))
        return Letter(to, text.subject, f"{whole}\n", " ".join(filter(None, [text.sentences, where])))


def _answer_by(dossier: Row, request: int, now: datetime) -> str:
    """The end of the time to answer this request for papers, as it stands after corrections.

    Raises NoRecipient if the time is over, or if a later request took the place of this one.
    """
    details = dossier.details
    end = wait_of(details["waits"][-1]).answer_by
    if end is None or end <= now or details.get("supplement_requests") != request:
        raise NoRecipient
    return end.isoformat()


_AUTOMATIC = "Thư này được gửi tự động, đề nghị không trả lời."
