"""What applicants are told, in Vietnamese: where the dossier stands, and nothing of what it is about."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple


class Text(NamedTuple):
    """A notice without its greeting: what it is about, in a few words and in a sentence or two."""

    subject: str
    sentences: str


_SUBJECTS = {
    "received": "Đã tiếp nhận hồ sơ",
    "papers_needed": "Yêu cầu bổ sung hồ sơ",
    "ready": "Đã có kết quả giải quyết hồ sơ",
    "late": "Xin lỗi và hẹn lại ngày trả kết quả",
}


def text_of(kind: str, code: str, data: Mapping[str, Any]) -> Text:
    """The notice of a kind; `data` has the names of units and the dates that it tells."""
    return Text(f"{_SUBJECTS[kind]} {code}", _sentences(kind, code, data))


def _sentences(kind: str, code: str, data: Mapping[str, Any]) -> str:
    match kind:
        case "received":
            due = f" Ngày hẹn trả kết quả: {_day(data['due_date'])}." if data["due_date"] else ""
            return f"{data['unit']} đã tiếp nhận hồ sơ {code}.{due}"
        case "papers_needed":
            return (
                f"Hồ sơ {code} cần được bổ sung giấy tờ. Đề nghị liên hệ {data['unit']} để nhận phiếu yêu cầu bổ sung,"
                " hoàn thiện hồ sơ."
            )
        case "ready":
            where = f" Mời đến {data['unit']} để nhận kết quả." if data["at_counter"] else ""
            return f"Hồ sơ {code} đã có kết quả giải quyết.{where}"
        case _:
            promised = f" và hẹn trả kết quả vào ngày {_day(data['promised_date'])}" if data["promised_date"] else ""
            return f"Hồ sơ {code} chưa được giải quyết đúng hẹn. {data['unit']} xin lỗi{promised}."


def _day(written: str) -> str:
    return date.fromisoformat(written).strftime("%d/%m/%Y")
