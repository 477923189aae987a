"""What the interface refused, in words for whoever filled in the form: at which field, and what is possible instead."""

from collections.abc import Mapping
from typing import Any

from app.http.messages import title
from app.lookup.texts import Words
from app.web.counter.api_client import Refusal
from app.web.counter.labels import ACTIONS, called

_ADVICE: Mapping[int, Words] = {
    403: Words("Vai trò hoặc đơn vị của ông/bà không được làm việc này.", "Your role or your units may not do this."),
    404: Words("Xin kiểm tra lại mã hồ sơ.", "Compare the code with the slip."),
    412: Words(
        "Người khác vừa cập nhật hồ sơ này. Dưới đây là hồ sơ hiện tại; nội dung ông/bà đã nhập vẫn còn trong biểu "
        "mẫu. Xin xem lại rồi gửi lại nếu vẫn cần.",
        "Somebody else has just changed this dossier. Below it stands as it is now, and what you wrote is still in the "
        "form. Look at it, and send it again if it is still needed.",
    ),
    422: Words("Xin sửa những mục được đánh dấu rồi gửi lại.", "Mend what is marked, and send it again."),
    429: Words("Xin thử lại sau {seconds} giây.", "Try again in {seconds} seconds."),
    503: Words("Hệ thống đang bận. Xin thử lại sau ít giây.", "The service is busy. Try again in a few seconds."),
}
# The interface tells what is wrong with a value in English alone.
_VIETNAMESE: Mapping[str, str] = {
    "Field required": "Cần điền mục này.",
    "the text is empty": "Cần điền mục này.",
    "a refusal needs its reason": "Từ chối thì cần nêu lý do.",
}
_INVALID = "Giá trị này không dùng được."
# What is wrong with the whole, at the field that mends it.
_WHOLE = "reason"


def errors_of(refusal: Refusal, language: str) -> dict[str, str]:
    """What is wrong at each field, by its name in the form."""
    found: dict[str, str] = {}
    for one in refusal.problem.get("errors") or ():
        found.setdefault(_field_at(one["pointer"]), _said(refusal.code, one["detail"], language))
    return found


def refused(refusal: Refusal | None, language: str) -> dict[str, Any]:
    """What a page with a form shows of the refusal, or of none."""
    if refusal is None:
        return {"refusal": None, "errors": {}}
    return {"refusal": told(refusal, language), "errors": errors_of(refusal, language)}


def told(refusal: Refusal, language: str) -> dict[str, Any]:
    """The refusal as the template `counter-refusal.html` tells it: a title, advice, and what is possible instead."""
    advice = _ADVICE.get(refusal.status)
    allowed = refusal.problem.get("allowed_actions")
    return {
        "status": refusal.status,
        "title": title(refusal.code, language),
        "advice": advice.say(language, seconds=refusal.retry_after or "") if advice else "",
        "detail": refusal.problem["detail"],
        "possible": None if allowed is None else [(one, called(ACTIONS, one, language)) for one in allowed],
    }


def _field_at(pointer: str) -> str:
    """The form has the applicant's fields among the others, and a list's in one part."""
    parts = pointer.strip("/").split("/")
    return parts[1] if parts[0] == "applicant" and len(parts) > 1 else parts[0] or _WHOLE


def _said(code: str, detail: str, language: str) -> str:
    if language == "en":
        return detail
    return _VIETNAMESE.get(detail, _INVALID) if code == "invalid" else title(code, language)
