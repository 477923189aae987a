"""Warnings about a dossier's people: who cannot be reached, and which numbers are odd (rules §18). Nothing is refused.

They are computed from the present particulars, so they end when these are corrected.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from app.contact_data import email_of, phone_of
from app.domain.identity_papers import Paper, oddness_of
from app.dossiers.participants import AGENT, CO_APPLICANTS
from app.dossiers.queries import Dossier
from app.http.messages import Title

WARNINGS: Mapping[str, Title] = {
    "address_missing": Title(
        "Kết quả trả qua bưu chính nhưng chưa có địa chỉ nhận.", "The result goes by post, and there is no address."
    ),
    "email_invalid": Title(
        "Thư điện tử không đúng dạng; không gửi được thông báo đến địa chỉ này.",
        "The e-mail address does not have the right form; no notice goes there.",
    ),
    "identity_birth_year": Title(
        "Năm sinh trong số căn cước khác thường; đề nghị đối chiếu với giấy tờ.",
        "The year of birth in the number is odd; compare it with the paper.",
    ),
    "identity_place": Title(
        "Ba chữ số đầu của số căn cước không phải mã tỉnh; đề nghị đối chiếu với giấy tờ.",
        "The first three digits are of no province; compare the number with the paper.",
    ),
    "identity_unusual": Title(
        "Số giấy tờ thiếu hoặc thừa chữ số, hoặc sai chữ số kiểm tra; đề nghị đối chiếu với giấy tờ.",
        "The number has too few or too many digits, or a wrong check digit; compare it with the paper.",
    ),
    "no_contact": Title(
        "Không có điện thoại di động hoặc thư điện tử dùng được: không gửi được thông báo cho người nộp.",
        "There is neither a usable mobile number nor an e-mail address: no notice reaches the applicant.",
    ),
    "phone_invalid": Title(
        "Số điện thoại không có thật theo quy hoạch kho số; đề nghị hỏi lại.",
        "The telephone number is not valid by the numbering plan; ask for it again.",
    ),
    "phone_without_texts": Title(
        "Số điện thoại cố định không nhận được tin nhắn.", "A landline gets no text messages."
    ),
}


class FieldWarning(NamedTuple):
    """A warning about a field: its pointer into the dossier, and its code."""

    pointer: str
    code: str


def warnings_of(dossier: Dossier, today: date) -> list[FieldWarning]:
    """The warnings about the people of a dossier that was not purged."""
    applicant = dossier.applicant
    warnings = [*_of_person("/applicant", applicant, today, of_person=applicant["kind"] == "person")]
    if applicant["email"] and email_of(applicant["email"]) is None:
        warnings.append(FieldWarning("/applicant/email", "email_invalid"))
    if not dossier.state.closed:
        warnings += _of_delivery(dossier)
    if dossier.people.handed_in_by is not None:
        warnings += _of_person(f"/{AGENT}", dossier.people.handed_in_by, today)
    for number, person in enumerate(dossier.people.further_applicants):
        warnings += _of_person(f"/{CO_APPLICANTS}/{number}", person, today)
    return warnings


def _of_person(
    pointer: str, person: Mapping[str, Any], today: date, *, of_person: bool = True
) -> Iterator[FieldWarning]:
    number, kind, phone = (person.get(name) for name in ("identity_number", "identity_kind", "phone"))
    if number:
        odd = oddness_of(number, Paper(kind) if kind else None, today, of_person=of_person)
        if odd is not None:
            yield FieldWarning(f"{pointer}/identity_number", odd)
    if phone:
        read = phone_of(phone)
        if read is None or not read.takes_texts:
            yield FieldWarning(f"{pointer}/phone", "phone_invalid" if read is None else "phone_without_texts")


def _of_delivery(dossier: Dossier) -> Iterator[FieldWarning]:
    """Warnings about the notices and the result that are still to come."""
    applicant = dossier.applicant
    phone = phone_of(applicant["phone"])
    is_reached = email_of(applicant["email"]) is not None or (phone and phone.takes_texts)
    if dossier.notify and not is_reached:
        yield FieldWarning("/applicant", "no_contact")
    if dossier.return_method == "postal" and not applicant["address"]:
        yield FieldWarning("/applicant/address", "address_missing")
