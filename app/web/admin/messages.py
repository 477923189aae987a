"""The page of the outbox: messages by state, and another try of failed ones."""

from datetime import datetime

from fastapi import APIRouter, Response

from app.lookup.texts import Words
from app.web.admin.fields import Field
from app.web.admin.moments import moment_text
from app.web.admin.views import (
    Administration,
    Cell,
    Link,
    PageForm,
    Table,
    View,
    address_of,
    admin_form,
    admin_page,
    done,
)
from app.web.public.parameters import query_fields
from app.web.staff.api_client import Refusal
from app.web.staff.forms import Form

router = APIRouter()

MESSAGES = address_of("messages")
STATES = {
    "pending": Words("Đang chờ gửi", "Waiting"),
    "sent": Words("Đã gửi", "Sent"),
    "dead": Words("Không gửi được", "Failed"),
    "dropped": Words("Không gửi nữa", "Dropped"),
}
_CHANNELS = {
    "webhook": Words("Webhook", "Webhook"),
    "email": Words("Thư điện tử", "E-mail"),
    "gateway": Words("Tin nhắn", "Text message"),
}


async def _page(visit: Administration, form: Form | None = None, refusal: Refusal | None = None) -> Response:
    s, query = visit.say, query_fields(visit.request, "state", "cursor")
    state = query.get("state") if query.get("state") in STATES else "dead"
    page = await visit.api.get("outbox", state=state, limit="50", cursor=query.get("cursor"))
    rows: list[list[Cell]] = [
        [
            str(item["id"]),
            visit.word(_CHANNELS, item["channel"]),
            item["recipient"],
            item["dossier"] or "–",
            moment_text(visit, datetime.fromisoformat(item["created_at"])),
            str(item["attempts"]),
            item["last_error"] or "–",
        ]
        for item in page["items"]
    ]
    headings = [
        s("Số", "Number"),
        s("Kênh", "Channel"),
        s("Nơi nhận", "Recipient"),
        s("Hồ sơ", "Dossier"),
        s("Tạo lúc", "Made at"),
        s("Số lần gửi", "Attempts"),
        s("Lỗi gần nhất", "Last error"),
    ]
    view = View(
        title=s("Hộp gửi", "Outbox"),
        here=MESSAGES,
        lead=visit.word(STATES, str(state)),
        links=[Link(f"{MESSAGES}?state={key}", words.say(visit.language)) for key, words in STATES.items()],
        tables=[Table(s("Tin nhắn", "Messages"), headings, rows, s("Không có tin nào.", "No messages."))],
        forms=[_resend([str(item["id"]) for item in page["items"]])] if state == "dead" and rows else [],
        following=page["next_cursor"],
        query=query,
    )
    return await visit.show(view, form, refusal)


def _resend(numbers: list[str]) -> PageForm:
    field = Field(
        "message", Words("Tin số", "Message"), "choice", required=True, choices={n: Words(n, n) for n in numbers}
    )
    return PageForm("resend", Words("Gửi lại", "Send again"), [field])


@router.get("/messages")
@admin_page
async def messages(visit: Administration) -> Response:
    """The messages of one state, by default the failed ones."""
    return await _page(visit)


@router.post("/messages")
@admin_form(_page)
async def resend(visit: Administration, form: Form) -> Response:
    """Sends a failed message again."""
    await visit.api.post("outbox", form.get("message", "0"), "resend", body={}, key=form.get("key"))
    return done(visit, "messages")
