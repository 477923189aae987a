"""Refusals of the API as the counter's pages show them: at which field, and how to go on."""

from collections.abc import Mapping
from typing import Any

from app.http.field_errors import text_of
from app.http.messages import title
from app.lookup.texts import Words
from app.web.counter.api_client import Refusal
from app.web.counter.labels import ACTIONS, called
from app.web.public.advice import BY_CODE

_ADVICE: Mapping[int, Words] = {
    403: Words("Vai trò hoặc đơn vị của Ông/Bà không có quyền này.", "Your role or your units may not do this."),
    404: Words("Vui lòng kiểm tra lại mã hồ sơ.", "Compare the code with the slip."),
    412: Words(
        "Người khác vừa cập nhật hồ sơ này. Dưới đây là hồ sơ hiện tại; nội dung Ông/Bà đã nhập vẫn còn trong biểu "
        "mẫu. Vui lòng xem lại rồi gửi lại nếu vẫn cần.",
        "Another person has just changed this dossier. The page shows it as it is now, and your text is still in the "
        "form. Check it, and send it again if it is still needed.",
    ),
    422: Words(
        "Vui lòng sửa những mục được đánh dấu rồi gửi lại.", "Correct the marked fields and send the form again."
    ),
    429: Words("Vui lòng thử lại sau {seconds} giây.", "Try again in {seconds} seconds."),
    503: Words("Hệ thống đang bận. Vui lòng thử lại sau ít giây.", "The service is busy. Try again in a few seconds."),
}
# An error of the whole form is shown at this field, which settles it.
_WHOLE = "reason"


def errors_of(refusal: Refusal, language: str) -> dict[str, str]:
    """What is wrong at each field, by its name in the form."""
    found: dict[str, str] = {}
    for one in refusal.problem.get("errors") or ():
        found.setdefault(_field_at(one["pointer"]), text_of(one["code"], language))
    return found


def refused(refusal: Refusal | None, language: str) -> dict[str, Any]:
    """What a page with a form shows of the refusal, or of none."""
    if refusal is None:
        return {"refusal": None, "errors": {}}
    return {"refusal": told(refusal, language), "errors": errors_of(refusal, language)}


def told(refusal: Refusal, language: str) -> dict[str, Any]:
    """The refusal for the templates: a title, advice, and the actions that are possible instead.

    The `detail` of the API is in English, so it is for English pages only.
    """
    advice = BY_CODE.get(refusal.code) or _ADVICE.get(refusal.status)
    allowed = refusal.problem.get("allowed_actions")
    return {
        "status": refusal.status,
        "title": title(refusal.code, language),
        "advice": advice.say(language, seconds=refusal.retry_after or "") if advice else "",
        "detail": refusal.problem["detail"] if language == "en" else "",
        "dossier": refusal.problem.get("dossier"),
        "possible": None if allowed is None else [(one, called(ACTIONS, one, language)) for one in allowed],
    }


def _field_at(pointer: str) -> str:
    """The form has the applicant's fields among the others, and a list's in one part."""
    parts = pointer.strip("/").split("/")
    return parts[1] if parts[0] == "applicant" and len(parts) > 1 else parts[0] or _WHOLE
