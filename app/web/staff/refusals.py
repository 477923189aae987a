"""Refusals of the API for the counter's pages: errors at their fields, and advice."""

from collections.abc import Mapping
from typing import Any

from app.http.field_errors import text_of
from app.http.messages import title
from app.lookup.texts import Words
from app.web.public.advice import BY_CODE
from app.web.staff.api_client import Refusal
from app.web.staff.labels import ACTIONS, label_of

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
# An error without a field is shown at this field, since a reason settles it.
_WHOLE = "reason"


def errors_of(refusal: Refusal, language: str) -> dict[str, str]:
    """The first error of each field, by the field's name in the form."""
    errors: dict[str, str] = {}
    for error in refusal.problem.get("errors") or ():
        errors.setdefault(_field_at(error["pointer"]), text_of(error["code"], language))
    return errors


def form_facts(refusal: Refusal | None, language: str) -> dict[str, Any]:
    """The refusal and its errors for the template of a form; both are empty without a refusal."""
    if refusal is None:
        return {"refusal": None, "errors": {}}
    return {"refusal": refusal_facts(refusal, language), "errors": errors_of(refusal, language)}


def refusal_facts(refusal: Refusal, language: str) -> dict[str, Any]:
    """The refusal for templates: its title, advice, and the actions that are possible instead.

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
        "possible": None if allowed is None else [(action, label_of(ACTIONS, action, language)) for action in allowed],
    }


def _field_at(pointer: str) -> str:
    """The form has the applicant's fields among the others, those of other people by a prefix, and one for a list."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "further_applicants" and len(parts) > 2:
        return f"other-{parts[1]}-{parts[2]}"
    if parts[0] == "handed_in_by" and len(parts) > 1:
        return f"agent_{parts[1]}"
    return parts[1] if parts[0] == "applicant" and len(parts) > 1 else parts[0] or _WHOLE
