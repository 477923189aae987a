"""The page that sets up a new commune: the commune and its departments in one form."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Response

from app.lookup.texts import Words
from app.web.admin.fields import Field, body_of
from app.web.admin.units import NEW
from app.web.admin.views import (
    HOME,
    Administration,
    Link,
    PageForm,
    View,
    admin_form,
    admin_page,
    done,
)
from app.web.staff.api_client import Refusal
from app.web.staff.forms import Form

router = APIRouter()

# Decree 150/2025 names the departments of a commune, and Decree 118/2025, article 7.3, its center. Name and type.
DEPARTMENTS = (
    ("Văn phòng HĐND và UBND", "Văn phòng"),
    ("Phòng Kinh tế", "Phòng ban"),
    ("Phòng Văn hóa – Xã hội", "Phòng ban"),
    ("Trung tâm Phục vụ hành chính công", "Trung tâm"),
)
_CHOSEN = tuple(
    Field(f"department-{number}", Words(name, name), "check") for number, (name, _type) in enumerate(DEPARTMENTS, 1)
)
_COMMUNE = tuple(field for field in NEW if field.name not in ("kind", "valid_to", "fields"))
_NOTE = Words(
    "Các phòng có mã đơn vị và mã định danh theo xã, có thể sửa sau. Đánh dấu các phòng mà xã có.",
    "Departments get codes and identifiers after those of the commune. Tick those that the commune has.",
)


async def _page(visit: Administration, form: Form | None = None, refusal: Refusal | None = None) -> Response:
    s = visit.say
    texts = {"type": "Xã", "valid_from": visit.today.isoformat(), **{field.name: "1" for field in _CHOSEN}}
    fields = (*_COMMUNE, *_CHOSEN)
    title = Words("Tạo xã và các phòng", "Add the commune and its departments")
    view = View(
        title=s("Thiết lập xã mới", "Set up a new commune"),
        here=HOME,
        back=Link(HOME, s("Tổng quan", "Overview")),
        forms=[PageForm("start", title, fields, texts, note=_NOTE, is_open=True)]
        if await visit.is_of_all_units()
        else [],
        lead=s(
            "Sau bước này, trang Tổng quan cho biết còn thiếu gì trước khi tiếp nhận hồ sơ đầu tiên.",
            "After this, the overview says what is still missing until the first receipt.",
        ),
    )
    return await visit.show(view, form, refusal)


@router.get("/start")
@admin_page
async def start(visit: Administration) -> Response:
    """The form for a new commune."""
    return await _page(visit)


@router.post("/start")
@admin_form(_page)
async def set_up(visit: Administration, form: Form) -> Response:
    """Adds the commune and then its departments. The same form sent again goes on where it was refused."""
    commune = {**body_of(_COMMUNE, form), "kind": "commune"}
    key = form.get("key", "")
    above = await visit.api.post("units", body=commune, key=f"{key}-0")
    for number, body in _departments(commune, form):
        await visit.api.post("units", body={**body, "parent": above["id"]}, key=f"{key}-{number}")
    return done(visit)


def _departments(commune: dict[str, Any], form: Form) -> Iterator[tuple[int, dict[str, Any]]]:
    """The bodies of the chosen departments, by their numbers."""
    shared = {name: commune[name] for name in ("valid_from", "address", "phone", "sessions")}
    for number, (name, kind) in enumerate(DEPARTMENTS, 1):
        if f"department-{number}" in form:
            code, identifier = f"{commune['code']}.{number:02}", _identifier(commune["agency_identifier"], number)
            yield (
                number,
                {**shared, "code": code, "name": name, "kind": "office", "type": kind, "agency_identifier": identifier},
            )


def _identifier(above: str, number: int) -> str:
    """The identifier of a department: 000.00.44.H17 becomes 000.01.44.H17, and H17.44 becomes H17.44.01."""
    parts = above.split(".")
    if parts[0] == "000" and len(parts) > 1:
        return ".".join([parts[0], f"{number:02}", *parts[2:]])
    return f"{above}.{number:02}"
