"""Pages of people: a list, a new person, roles with validity, deputies, links to sign in, sessions and history."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.domain.errors import NotFound
from app.identity.persons.schemas import PersonOut
from app.lookup.texts import Words
from app.web.admin.fields import Field, body_of, texts_of
from app.web.admin.moments import date_text, moment_text
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

PEOPLE = address_of("people")
STATES: Mapping[str, Words] = {
    "active": Words("Đang hoạt động", "Active"),
    "suspended": Words("Tạm khóa", "Suspended"),
    "ended": Words("Đã kết thúc", "Ended"),
}
ROLE_STATES: Mapping[str, Words] = {
    "valid": Words("Đang hiệu lực", "Valid"),
    "future": Words("Chưa hiệu lực", "Not yet valid"),
    "over": Words("Hết hiệu lực", "Over"),
    "ended": Words("Đã thu hồi", "Taken back"),
}
REASONS: Mapping[str, Words] = {
    "absent": Words("Vắng mặt", "Absent"),
    "returned": Words("Đã trở lại", "Returned"),
    "left": Words("Thôi việc, chuyển công tác", "Left the office"),
    "exposed": Words("Tài khoản bị lộ", "The account was exposed"),
    "mistake": Words("Nhầm lẫn", "A mistake"),
}
CHANGES: Mapping[str, Words] = {
    "created": Words("Tạo tài khoản", "Created"),
    "changed": Words("Sửa thông tin", "Changed"),
    "role_given": Words("Giao vai trò", "Role given"),
    "role_changed": Words("Sửa vai trò", "Role changed"),
    "role_ended": Words("Thu hồi vai trò", "Role taken back"),
    "deputy_set": Words("Ủy quyền xử lý thay", "Deputy named"),
    "deputy_withdrawn": Words("Thôi ủy quyền", "Deputy withdrawn"),
    "suspended": Words("Tạm khóa", "Suspended"),
    "resumed": Words("Mở lại", "Resumed"),
    "ended": Words("Kết thúc", "Ended"),
    "invited": Words("Mời đăng nhập", "Invited"),
    "reset": Words("Cấp lại mật khẩu", "Password reset"),
    "password_set": Words("Đặt mật khẩu", "Password set"),
    "second_factor_enrolled": Words("Đăng ký mã xác thực", "Second factor enrolled"),
    "second_factor_removed": Words("Gỡ mã xác thực", "Second factor removed"),
}
_ABOUT = (
    Field("account", Words("Tên tài khoản", "Account name"), required=True),
    Field("name", Words("Họ và tên", "Name"), required=True),
    Field("email", Words("Thư điện tử", "E-mail"), blank=None),
    Field("issuer_subject", Words("Mã ở hệ thống đăng nhập tập trung", "Identifier at the provider"), blank=None),
    Field("needs_second_factor", Words("Bắt buộc dùng mã xác thực", "Needs a second factor"), "check"),
)
_ROLE = (
    Field("role", Words("Vai trò", "Role"), "choice", required=True, choices=ROLES),
    Field("unit", Words("Đơn vị (để trống: mọi đơn vị)", "Unit (blank: all units)"), "unit"),
    Field("valid_from", Words("Hiệu lực từ ngày", "Valid from"), "date"),
    Field("valid_to", Words("Đến hết ngày", "Valid to"), "date"),
)
NEW = (*_ABOUT, *_ROLE)
_REASON = (Field("reason", Words("Lý do", "Reason"), "choice", choices=REASONS),)


async def _list(visit: Administration, form: Form | None = None, refusal: Refusal | None = None) -> Response:
    s, query = visit.say, query_fields(visit.request, "cursor")
    page = await visit.api.get("persons", limit="50", **query)
    rows = [_row(visit, PersonOut.model_validate(item)) for item in page["items"]]
    caption = s("Người dùng", "People")
    headings = [s("Họ và tên", "Name"), s("Tên tài khoản", "Account"), s("Vai trò", "Roles"), s("Tình trạng", "State")]
    unit = (await visit.caller()).unit
    texts = {"valid_from": visit.today.isoformat(), **({"unit": f"{unit.code} {unit.name}"} if unit else {})}
    view = View(
        title=caption,
        here=PEOPLE,
        tables=[Table(caption, headings, rows, s("Chưa có người dùng nào.", "There is nobody yet."))],
        forms=[PageForm("add", Words("Thêm người dùng", "Add a person"), NEW, texts)],
        following=page["next_cursor"],
        query=query,
    )
    return await visit.show(view, form, refusal)


def _row(visit: Administration, person: PersonOut) -> list[str | Link]:
    roles = [_role_text(visit, role) for role in person.roles if role.state == "valid"]
    return [
        Link(address_of("people", person.id), person.name),
        person.account,
        "; ".join(roles) or "–",
        visit.word(STATES, person.state),
    ]


def _role_text(visit: Administration, role: Any) -> str:
    unit = role.unit.name if role.unit else visit.say("mọi đơn vị", "all units")
    return f"{visit.word(ROLES, role.role)} ({unit})"


@router.get("/people")
@admin_page
async def people(visit: Administration) -> Response:
    """The people of the caller, and the form for a new person."""
    return await _list(visit)


@router.post("/people")
@admin_form(_list)
async def add_person(visit: Administration, form: Form) -> Response:
    """Adds a person with one role."""
    body = {**body_of(_ABOUT, form), "roles": [body_of(_ROLE, form)]}
    person = await visit.api.post("persons", body=body, key=form.get("key"))
    return done(visit, "people", str(person["id"]))


async def _person_page(
    visit: Administration, form: Form | None = None, refusal: Refusal | None = None, link: str | None = None
) -> Response:
    number = visit.request.path_params["person_id"]
    person = PersonOut.model_validate(await visit.api.get("persons", number))
    history = await visit.api.get("persons", number, "changes")
    s = visit.say
    colleagues = (await visit.api.get("persons", "colleagues"))["items"]
    view = View(
        title=person.name,
        here=PEOPLE,
        back=Link(PEOPLE, s("Người dùng", "People")),
        facts=[
            (s("Tên tài khoản", "Account name"), person.account),
            (s("Thư điện tử", "E-mail"), person.email or "–"),
            (s("Tình trạng", "State"), visit.word(STATES, person.state)),
            (s("Mật khẩu", "Password"), s("đã đặt", "set") if person.sign_in.password else s("chưa đặt", "not set")),
            (
                s("Mã xác thực", "Second factor"),
                s("đã đăng ký", "enrolled") if person.sign_in.second_factor else s("chưa đăng ký", "not enrolled"),
            ),
        ],
        tables=[_roles(visit, person), _deputies(visit, person), _history(visit, history["items"])],
        forms=_forms(person, {str(item["id"]): item["name"] for item in colleagues if item["id"] != person.id}),
        secret=(s("Đường dẫn đăng nhập", "Link to sign in"), link) if link else None,
    )
    return await visit.show(view, form, refusal)


def _roles(visit: Administration, person: PersonOut) -> Table:
    s = visit.say
    rows = [
        [
            _role_text(visit, role),
            date_text(visit, role.valid_from),
            date_text(visit, role.valid_to),
            visit.word(ROLE_STATES, role.state),
        ]
        for role in person.roles
    ]
    headings = [s("Vai trò", "Role"), s("Từ ngày", "From"), s("Đến ngày", "To"), s("Tình trạng", "State")]
    return Table(s("Vai trò", "Roles"), headings, rows, s("Chưa có vai trò.", "No role yet."))


def _deputies(visit: Administration, person: PersonOut) -> Table:
    s = visit.say
    rows = [
        [
            deputy.deputy_name,
            date_text(visit, deputy.from_day),
            date_text(visit, deputy.to_day),
            moment_text(visit, deputy.withdrawn_at),
        ]
        for deputy in person.deputies
    ]
    headings = [s("Người xử lý thay", "Deputy"), s("Từ ngày", "From"), s("Đến ngày", "To"), s("Thôi lúc", "Withdrawn")]
    return Table(s("Ủy quyền xử lý thay", "Deputies"), headings, rows, s("Không có.", "None."))


def _history(visit: Administration, changes: list[Mapping[str, Any]]) -> Table:
    s = visit.say
    rows = [
        [
            moment_text(visit, visit.instant(change["recorded_at"])),
            visit.word(CHANGES, change["type"]),
            change["client_name"] or change["client"],
        ]
        for change in changes
    ]
    headings = [s("Thời điểm", "Time"), s("Thay đổi", "Change"), s("Người thực hiện", "Author")]
    return Table(s("Lịch sử", "History"), headings, rows, "–")


def _role_fields(person: PersonOut) -> tuple[Field, ...]:
    """The choice among the present and future roles."""
    roles = {
        str(role.id): Words(*(f"{words} ({role.unit.name if role.unit else '–'})" for words in ROLES[role.role]))
        for role in person.roles
        if role.state in ("valid", "future")
    }
    return (Field("role_id", Words("Vai trò", "Role"), "choice", required=True, choices=roles),)


def _forms(person: PersonOut, colleagues: Mapping[str, str]) -> list[PageForm]:
    version = str(person.version)
    if person.state == "ended":
        return []
    forms = [
        PageForm("change", Words("Sửa thông tin", "Change"), _ABOUT, texts_of(_ABOUT, person.model_dump()), version),
        PageForm("role", Words("Giao thêm vai trò", "Give a role"), _ROLE, {}, version),
        PageForm("end-role", Words("Thu hồi vai trò", "Take a role back"), _role_fields(person), {}, version),
        PageForm("deputy", Words("Ủy quyền xử lý thay", "Name a deputy"), _deputy_fields(colleagues), {}, version),
        PageForm("link", Words("Tạo đường dẫn đăng nhập", "Make a link to sign in"), _LINK, {}, version, _LINK_NOTE),
        PageForm("sessions", Words("Kết thúc mọi phiên đăng nhập", "End all sessions")),
        PageForm("end", Words("Kết thúc tài khoản", "End the account"), _REASON, {}, version),
    ]
    suspend = PageForm("suspend", Words("Tạm khóa tài khoản", "Suspend the account"), _REASON, {}, version)
    resume = PageForm("resume", Words("Mở lại tài khoản", "Resume the account"), _REASON, {}, version)
    return [*forms, resume if person.state == "suspended" else suspend]


def _deputy_fields(colleagues: Mapping[str, str]) -> tuple[Field, ...]:
    names = {number: Words(name, name) for number, name in colleagues.items()}
    return (
        Field("deputy_id", Words("Người xử lý thay", "Deputy"), "choice", required=True, choices=names),
        Field("from_day", Words("Từ ngày", "From"), "date", required=True),
        Field("to_day", Words("Đến hết ngày", "To"), "date", required=True),
    )


_LINK = (
    Field(
        "kind",
        Words("Loại", "Kind"),
        "choice",
        required=True,
        choices={
            "invitation": Words("Mời đăng nhập lần đầu", "Invitation"),
            "reset": Words("Cấp lại mật khẩu", "Password reset"),
        },
    ),
    Field("mail", Words("Gửi qua thư điện tử", "Send by e-mail"), "check"),
)
_LINK_NOTE = Words(
    "Đường dẫn chỉ dùng một lần. Sau khi cấp lại mật khẩu, quyền duyệt tạm ngừng bảy ngày.",
    "The link works once. After a reset the right to approve rests for seven days.",
)


@router.get("/people/{person_id}")
@admin_page
async def person_page(visit: Administration) -> Response:
    """A person with roles, deputies and history."""
    return await _person_page(visit)


@router.post("/people/{person_id}")
@admin_form(_person_page)
async def change_person(visit: Administration, form: Form) -> Response:
    """Executes the sent form; a link to sign in is shown once."""
    action, number = form.get("action", ""), visit.request.path_params["person_id"]
    if action == "link":
        link = await _post(visit, form, "links", body=body_of(_LINK, form))
        return done(visit, "people", number) if link["mailed"] else await _person_page(visit, link=link["address"])
    act = _ACTIONS.get(action)
    if act is None:
        raise NotFound("no_such_path", "There is no such action.")
    await act(visit, form)
    return done(visit, "people", number)


async def _post(visit: Administration, form: Form, *path: str, body: Mapping[str, Any]) -> Any:
    number = visit.request.path_params["person_id"]
    return await visit.api.post("persons", number, *path, body=body, version=form.get("version"), key=form.get("key"))


async def _patch(visit: Administration, form: Form, *path: str, body: Mapping[str, Any]) -> Any:
    number = visit.request.path_params["person_id"]
    return await visit.api.patch("persons", number, *path, body=body, version=form.get("version"), key=form.get("key"))


def _deputy_body(form: Form) -> dict[str, Any]:
    body = body_of(_deputy_fields({}), form)
    number = body.get("deputy_id", "")
    return {**body, "deputy_id": int(number)} if number.isdecimal() else body


_ACTIONS: Mapping[str, Callable[[Administration, Form], Awaitable[Any]]] = {
    "change": lambda visit, form: _patch(visit, form, body=body_of(_ABOUT, form)),
    "role": lambda visit, form: _post(visit, form, "roles", body=body_of(_ROLE, form)),
    "end-role": lambda visit, form: _patch(visit, form, "roles", form.get("role_id", "0"), body={"ended": True}),
    "deputy": lambda visit, form: _post(visit, form, "deputies", body=_deputy_body(form)),
    "sessions": lambda visit, _form: visit.api.delete("persons", visit.request.path_params["person_id"], "sessions"),
    "suspend": lambda visit, form: _post(visit, form, "suspend", body=body_of(_REASON, form)),
    "resume": lambda visit, form: _post(visit, form, "resume", body=body_of(_REASON, form)),
    "end": lambda visit, form: _post(visit, form, "end", body=body_of(_REASON, form)),
}
