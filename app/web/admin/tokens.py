"""Pages of tokens for programs: a list, issue, rotation and revocation. A secret is shown once."""

from typing import Any

from fastapi import APIRouter, Response

from app.identity.tokens.schemas import TokenOut, TokenRecord
from app.lookup.texts import Words
from app.web.admin.fields import Field, body_of
from app.web.admin.labels import REVOKE_REASONS, TOKEN_STATES
from app.web.admin.moments import moment_text
from app.web.admin.views import (
    Administration,
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
from app.web.staff.labels import ROLES

router = APIRouter()

TOKENS = address_of("tokens")
_EXPIRY = Field("expires_at", Words("Hết hạn lúc", "Expires at"), "moment")
NEW = (
    Field("client", Words("Tên chương trình", "Name of the program"), required=True),
    Field("role", Words("Vai trò", "Role"), "choice", required=True, choices=ROLES),
    Field("unit", Words("Đơn vị (để trống: mọi đơn vị)", "Unit (blank: all units)"), "unit"),
    _EXPIRY,
)
_ROTATION = (
    Field("overlap_hours", Words("Mã cũ còn dùng được (giờ)", "Hours for which the old token stays valid"), "number"),
    _EXPIRY,
)
_REVOCATION = (Field("reason", Words("Lý do", "Reason"), "choice", choices=REVOKE_REASONS),)


async def _list(
    visit: Administration,
    form: Form | None = None,
    refusal: Refusal | None = None,
    secret: str | None = None,
) -> Response:
    s, query = visit.say, query_fields(visit.request, "cursor")
    page = await visit.api.get("tokens", limit="50", **query)
    rows = [_row(visit, TokenOut.model_validate(item)) for item in page["items"]]
    caption = s("Mã truy cập của chương trình", "Tokens of programs")
    headings = [
        s("Chương trình", "Program"),
        s("Vai trò", "Role"),
        s("Đơn vị", "Unit"),
        s("Tình trạng", "State"),
        s("Hết hạn", "Expires"),
        s("Dùng gần nhất", "Last used"),
    ]
    view = View(
        title=caption,
        here=TOKENS,
        lead=s(
            "Người dùng đăng nhập bằng tài khoản; mã truy cập dành cho chương trình.",
            "People sign in with accounts. Tokens are for programs.",
        ),
        tables=[Table(caption, headings, rows, s("Chưa có mã truy cập nào.", "There is no token yet."))],
        forms=[PageForm("issue", Words("Cấp mã truy cập", "Issue a token"), NEW)],
        secret=(s("Mã truy cập mới", "New token"), secret) if secret else None,
        following=page["next_cursor"],
        query=query,
    )
    return await visit.show(view, form, refusal)


def _row(visit: Administration, token: TokenOut) -> list[str | Link]:
    return [
        Link(address_of("tokens", token.id), token.client),
        visit.word(ROLES, token.role),
        token.unit.name if token.unit else visit.say("mọi đơn vị", "all units"),
        visit.word(TOKEN_STATES, token.state),
        moment_text(visit, token.expires_at),
        moment_text(visit, token.last_used_at),
    ]


@router.get("/tokens")
@admin_page
async def tokens(visit: Administration) -> Response:
    """The tokens that the caller may administer, and the form for a new one."""
    return await _list(visit)


@router.post("/tokens")
@admin_form(_list)
async def issue_token(visit: Administration, form: Form) -> Response:
    """Issues a token, and shows its secret once."""
    token = await visit.api.post("tokens", body=body_of(NEW, form), key=form.get("key"))
    return await _list(visit, secret=_secret(visit, token))


def _secret(visit: Administration, token: dict[str, Any]) -> str:
    again = visit.say(
        "Mã đã được hiển thị một lần. Hãy đổi mã nếu đã mất.", "It was shown before. Rotate it if it is lost."
    )
    return token["secret"] or again


async def _token_page(
    visit: Administration,
    form: Form | None = None,
    refusal: Refusal | None = None,
    secret: str | None = None,
) -> Response:
    token = TokenRecord.model_validate(await visit.api.get("tokens", visit.request.path_params["token_id"]))
    s, version = visit.say, str(token.version)
    changes = [
        [moment_text(visit, change.recorded_at), visit.word(_CHANGES, change.type), change.client]
        for change in token.changes
    ]
    headings = [s("Thời điểm", "Time"), s("Thay đổi", "Change"), s("Người thực hiện", "Author")]
    caption = s("Lịch sử", "History")
    forms = [
        PageForm("rotate", Words("Đổi mã", "Rotate"), _ROTATION, {"overlap_hours": "24"}, version),
        PageForm("revoke", Words("Thu hồi mã", "Revoke"), _REVOCATION, {}, version),
    ]
    view = View(
        title=token.client,
        here=TOKENS,
        back=Link(TOKENS, s("Mã truy cập của chương trình", "Tokens of programs")),
        facts=[
            (s("Vai trò", "Role"), visit.word(ROLES, token.role)),
            (s("Đơn vị", "Unit"), token.unit.name if token.unit else s("mọi đơn vị", "all units")),
            (s("Tình trạng", "State"), visit.word(TOKEN_STATES, token.state)),
            (s("Hết hạn", "Expires"), moment_text(visit, token.expires_at)),
            (s("Dùng gần nhất", "Last used"), moment_text(visit, token.last_used_at)),
        ],
        tables=[Table(caption, headings, changes, "–")],
        forms=forms if token.state == "active" else [],
        secret=(s("Mã truy cập mới", "New token"), secret) if secret else None,
    )
    return await visit.show(view, form, refusal)


_CHANGES = {
    "created": Words("Đã cấp", "Issued"),
    "rotated": Words("Đã đổi", "Rotated"),
    "revoked": Words("Đã thu hồi", "Revoked"),
}


@router.get("/tokens/{token_id}")
@admin_page
async def token_page(visit: Administration) -> Response:
    """A token with its history."""
    return await _token_page(visit)


@router.post("/tokens/{token_id}")
@admin_form(_token_page)
async def change_token(visit: Administration, form: Form) -> Response:
    """Rotates a token and shows the new secret once, or revokes it."""
    number, version, key = visit.request.path_params["token_id"], form.get("version"), form.get("key")
    if form.get("action") == "rotate":
        token = await visit.api.post(
            "tokens", number, "rotate", body=body_of(_ROTATION, form), version=version, key=key
        )
        return await _token_page(visit, secret=_secret(visit, token))
    await visit.api.post("tokens", number, "revoke", body=body_of(_REVOCATION, form), version=version, key=key)
    return done(visit, "tokens", number)
