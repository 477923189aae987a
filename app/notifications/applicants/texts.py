"""Vietnamese texts of notices to applicants: the status of the dossier without its subject."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from app.domain.localtime import local
from app.slips.wording import money


class Text(NamedTuple):
    """A notice without its greeting: subject line and one or two sentences."""

    subject: str
    sentences: str


_SUBJECTS = {
    "submitted": "Đã nhận hồ sơ nộp trực tuyến",
    "received": "Đã tiếp nhận hồ sơ",
    "declined": "Từ chối tiếp nhận hồ sơ",
    "forwarded": "Đã chuyển hồ sơ",
    "taken": "Đang giải quyết hồ sơ",
    "papers_needed": "Yêu cầu bổ sung hồ sơ",
    "answer_soon": "Sắp hết thời hạn bổ sung hồ sơ",
    "papers_received": "Đã nhận giấy tờ bổ sung của hồ sơ",
    "payment_needed": "Yêu cầu thực hiện nghĩa vụ tài chính của hồ sơ",
    "paid": "Đã ghi nhận nghĩa vụ tài chính của hồ sơ",
    "refunded": "Hoàn trả phí, lệ phí của hồ sơ",
    "suspended": "Tạm dừng tính thời hạn giải quyết hồ sơ",
    "resumed": "Tiếp tục giải quyết hồ sơ",
    "redated": "Thay đổi ngày hẹn trả kết quả hồ sơ",
    "ready": "Đã có kết quả giải quyết hồ sơ",
    "late": "Xin lỗi và hẹn lại ngày trả kết quả",
    "returned": "Đã trả kết quả hồ sơ",
    "withdrawn": "Dừng giải quyết hồ sơ theo yêu cầu",
    "discontinued": "Chấm dứt giải quyết hồ sơ",
    "taken_back": "Hủy bỏ thông báo đã gửi về hồ sơ",
}
# Sentences with the places code, unit and at.
_SENTENCES = {
    "submitted": "{unit} đã nhận hồ sơ {code} lúc {at} và sẽ kiểm tra trước khi tiếp nhận.",
    "declined": "{unit} từ chối tiếp nhận hồ sơ {code}. Đề nghị liên hệ để nhận phiếu từ chối có ghi lý do.",
    "forwarded": "Hồ sơ {code} được chuyển đến {unit} lúc {at}.",
    "taken": "Hồ sơ {code} được {unit} thụ lý từ {at}.",
    "papers_received": "{unit} đã nhận giấy tờ bổ sung của hồ sơ {code} lúc {at}.",
    "suspended": "{unit} tạm dừng tính thời hạn giải quyết hồ sơ {code} từ {at} để xác minh.",
    "resumed": "{unit} tiếp tục giải quyết hồ sơ {code} từ {at}.",
    "returned": "{unit} đã trả kết quả hồ sơ {code} lúc {at}.",
    "withdrawn": "{unit} dừng giải quyết hồ sơ {code} theo yêu cầu của Ông/Bà.",
    "discontinued": "{unit} chấm dứt giải quyết hồ sơ {code}. Đề nghị liên hệ để nhận thông báo có ghi lý do.",
}


def text_of(kind: str, code: str, data: Mapping[str, Any]) -> Text:
    """The notice of a kind; `data` has the names of units, dates and times that it names."""
    sentences = _sentences(kind, code, data)
    if data.get("corrected"):
        sentences = f"Đính chính yêu cầu đã gửi. {sentences}"
    if data.get("redated") and data["due_date"]:
        sentences += f" {_appointment(data)}"
    return Text(f"{_SUBJECTS[kind]} {code}", sentences)


def _appointment(data: Mapping[str, Any]) -> str:
    """The date that holds now: a promised date comes after the due date (rules §6)."""
    if data.get("promised_date"):
        return f"Ngày hẹn lại trả kết quả: {_day(data['promised_date'])}."
    return f"Ngày hẹn trả kết quả: {_day(data['due_date'])}."


def _sentences(kind: str, code: str, data: Mapping[str, Any]) -> str:
    if (worded := _WORDED.get(kind)) is not None:
        return worded(code, data)
    return _SENTENCES[kind].format(code=code, unit=data["unit"], at=_moment(data["at"]))


def _received(code: str, data: Mapping[str, Any]) -> str:
    due = f" Ngày hẹn trả kết quả: {_day(data['due_date'])}." if data["due_date"] else ""
    return f"{data['unit']} đã tiếp nhận hồ sơ {code}.{due}"


def _papers_needed(code: str, data: Mapping[str, Any]) -> str:
    until = f" Thời hạn bổ sung: đến {_moment(data['answer_by'])}." if data.get("answer_by") else ""
    return (
        f"Hồ sơ {code} cần được bổ sung giấy tờ. Đề nghị liên hệ {data['unit']} để nhận phiếu yêu cầu bổ sung,"
        f" hoàn thiện hồ sơ.{until}"
    )


def _payment_needed(code: str, data: Mapping[str, Any]) -> str:
    return (
        f"Hồ sơ {code} có nghĩa vụ tài chính cần thực hiện{_sum(data.get('amount'))}."
        f" Đề nghị liên hệ {data['unit']} để nộp."
    )


def _paid(code: str, data: Mapping[str, Any]) -> str:
    rest = f" Số tiền còn phải nộp{_sum(data['rest'])}." if data.get("rest") else ""
    return (
        f"{data['unit']} đã ghi nhận nghĩa vụ tài chính của hồ sơ {code} lúc {_moment(data['at'])}"
        f"{_sum(data.get('amount'))}.{rest}"
    )


def _refunded(code: str, data: Mapping[str, Any]) -> str:
    return f"{data['unit']} đã hoàn trả phí, lệ phí của hồ sơ {code}{_sum(data['amount'])}."


def _answer_soon(code: str, data: Mapping[str, Any]) -> str:
    return (
        f"Thời hạn bổ sung giấy tờ của hồ sơ {code} kết thúc lúc {_moment(data['answer_by'])}."
        f" Nếu chưa bổ sung, đề nghị Ông/Bà liên hệ {data['unit']} trước thời điểm này."
    )


def _ready(code: str, data: Mapping[str, Any]) -> str:
    where = f" Mời đến {data['unit']} để nhận kết quả." if data["at_counter"] else ""
    return f"Hồ sơ {code} đã có kết quả giải quyết.{where}"


def _late(code: str, data: Mapping[str, Any]) -> str:
    promised = f" và hẹn trả kết quả vào ngày {_day(data['promised_date'])}" if data["promised_date"] else ""
    return f"Hồ sơ {code} chưa được giải quyết đúng hẹn. {data['unit']} xin lỗi{promised}."


def _redated(code: str, data: Mapping[str, Any]) -> str:
    if not data.get("promised_date"):
        return f"Ngày hẹn trả kết quả của hồ sơ {code} đã thay đổi."
    if data.get("promise_moved"):
        return f"Ngày hẹn lại trả kết quả của hồ sơ {code} đã thay đổi."
    return f"Thời hạn giải quyết hồ sơ {code} thay đổi đến ngày {_day(data['due_date'])}."


def _taken_back(code: str, data: Mapping[str, Any]) -> str:
    annulled = f" Hồ sơ {code} đã được hủy do nhập nhầm." if data["annulled"] else ""
    return (
        f"Thông báo “{_SUBJECTS[data['about']]} {code}” đã gửi trước đây là do nhập nhầm và không còn giá trị."
        f"{annulled} {data['unit']} xin lỗi Ông/Bà."
    )


# Sentences with further facts.
_WORDED: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "received": _received,
    "papers_needed": _papers_needed,
    "payment_needed": _payment_needed,
    "paid": _paid,
    "refunded": _refunded,
    "answer_soon": _answer_soon,
    "ready": _ready,
    "late": _late,
    "redated": _redated,
    "taken_back": _taken_back,
}


def _sum(amount: int | None) -> str:
    # Messages that were stored before they had the amount do not name it.
    return f": {money(amount)}" if amount is not None else ""


def _day(written: str) -> str:
    return date.fromisoformat(written).strftime("%d/%m/%Y")


def _moment(written: str) -> str:
    return local(datetime.fromisoformat(written)).strftime("%H:%M ngày %d/%m/%Y")
