"""Pages of units and departments: their tree, a new unit, changes, and the succession of a unit."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.catalogue.cache import Reference, Unit
from app.lookup.texts import Words
from app.web.admin.fields import Field, body_of, texts_of
from app.web.admin.labels import KINDS
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
from app.web.counter.dossier import units_on
from app.web.staff.api_client import Refusal
from app.web.staff.forms import Form

router = APIRouter()

UNITS = address_of("units")
_HOURS = Words(
    "Mỗi ngày viết như 07:00-11:30; 13:30-17:00. Từ thứ Hai đến thứ Sáu, ngày nào cũng phải có giờ. Thêm dấu * sau "
    "khoảng giờ chỉ tiếp nhận, không tính vào thời hạn. Để trống cả tuần: 07:00-11:30 và 13:30-17:00.",
    "Write a day like 07:00-11:30; 13:30-17:00. Each day from Monday to Friday needs hours. A * after hours means: "
    "only receipts, and no part of a time limit. With no hours at all: 07:00-11:30 and 13:30-17:00.",
)
_NAME = Field("name", Words("Tên (không ghi loại)", "Name without its type"), required=True)
_TYPE = Field(
    "type", Words("Loại", "Type"), required=True, hint=Words("Xã, Phường, Phòng, Trung tâm…", "Xã, Phường, Phòng…")
)
_AGENCY = Field(
    "agency_identifier",
    Words("Mã định danh", "Agency identifier"),
    required=True,
    hint=Words("Phần đầu của mã hồ sơ, như 000.00.44.H17", "First part of dossier codes, like 000.00.44.H17"),
)
_PLACE = (
    Field("parent", Words("Đơn vị cấp trên", "Unit above"), "unit", blank=None),
    Field("address", Words("Địa chỉ", "Address"), blank=None),
    Field("phone", Words("Điện thoại", "Telephone"), blank=None),
    Field("valid_to", Words("Ngày cuối hoạt động", "Last day of its existence"), "date", blank=None),
    Field(
        "fields",
        Words("Lĩnh vực phụ trách (mỗi dòng một lĩnh vực)", "Fields that it answers for (one a line)"),
        "lines",
        blank=[],
    ),
    Field("sessions", Words("Giờ làm việc", "Opening hours"), "hours", hint=_HOURS, blank=None),
)
NEW = (
    Field("code", Words("Mã đơn vị", "Code"), required=True),
    _NAME,
    Field("kind", Words("Cấp", "Level"), "choice", required=True, choices=KINDS),
    _TYPE,
    _AGENCY,
    Field("valid_from", Words("Hoạt động từ ngày", "First day of its existence"), "date", required=True),
    *_PLACE,
)
CHANGED = (_NAME, _TYPE, _AGENCY, *_PLACE)
_SUCCESSION = (
    Field("into", Words("Đơn vị kế thừa", "Successor"), "unit", required=True),
    Field("on", Words("Kế thừa từ ngày", "First day of the succession"), "date", required=True),
)


@router.get("/units")
@admin_page
async def units(visit: Administration) -> Response:
    """The tree of present units, and the form for a new one."""
    return await _list(visit)


async def _list(visit: Administration, form: Form | None = None, refusal: Refusal | None = None) -> Response:
    reference = await visit.reference()
    above = visit.request.query_params.get("parent", "")
    new = PageForm(
        "add",
        Words("Thêm đơn vị", "Add a unit"),
        NEW,
        {"parent": above, "valid_from": visit.today.isoformat()},
        is_open=bool(above),
    )
    rows: list[list[Cell]] = [
        [
            Link(address_of("units", unit.id), f"{'– ' * depth}{unit.full_name}"),
            unit.code,
            visit.word(KINDS, unit.kind),
            unit.agency_identifier,
            unit.address or "–",
            unit.phone or "–",
        ]
        for depth, unit in _tree(reference, visit)
    ]
    s = visit.say
    headings = [
        s("Đơn vị", "Unit"),
        s("Mã", "Code"),
        s("Cấp", "Level"),
        s("Mã định danh", "Agency identifier"),
        s("Địa chỉ", "Address"),
        s("Điện thoại", "Telephone"),
    ]
    blank = s("Chưa có đơn vị nào.", "There is no unit yet.")
    caption = s("Đơn vị và phòng ban", "Units and departments")
    view = View(
        title=caption,
        here=UNITS,
        tables=[Table(caption, headings, rows, blank)],
        forms=[new] if await visit.is_of_all_units() else [],
    )
    return await visit.show(view, form, refusal)


def _tree(reference: Reference, visit: Administration) -> list[tuple[int, Unit]]:
    """The present units, each after the unit above it, with its depth. A unit of an ended parent is a root."""
    present = units_on(reference, visit.today)
    ids = {unit.id for unit in present}
    below: dict[int | None, list[Unit]] = {}
    for unit in present:
        below.setdefault(unit.parent_id if unit.parent_id in ids else None, []).append(unit)

    def branch(parent: int | None, depth: int) -> list[tuple[int, Unit]]:
        return [item for unit in below.get(parent, ()) for item in [(depth, unit), *branch(unit.id, depth + 1)]]

    return branch(None, 0)


@router.post("/units")
@admin_form(_list)
async def add_unit(visit: Administration, form: Form) -> Response:
    """Adds a unit."""
    unit = await visit.api.post("units", body=body_of(NEW, form), key=form.get("key"))
    return done(visit, "units", str(unit["id"]))


async def _unit_page(
    visit: Administration, form: Form | None = None, refusal: Refusal | None = None, trial: Table | None = None
) -> Response:
    answer = await visit.api.fetch("units", visit.request.path_params["unit_id"])
    unit, version = answer.json(), answer.headers["etag"].strip('W/"')
    s = visit.say
    names = [field.label.say(visit.language) for field in CHANGED]
    texts = texts_of(CHANGED, unit)
    facts = [
        (s("Mã đơn vị", "Code"), unit["code"]),
        (s("Cấp", "Level"), visit.word(KINDS, unit["kind"])),
        *((label, texts[field.name]) for label, field in zip(names, CHANGED, strict=True) if field.name in texts),
        (s("Hoạt động từ ngày", "First day of its existence"), unit["valid_from"]),
        *(
            (s("Đơn vị kế thừa", "Successor"), Link(address_of("units", after["id"]), after["name"]))
            for after in unit["successors"]
        ),
    ]
    may_change = await visit.is_of_all_units()
    view = View(
        title=f"{unit['type']} {unit['name']}" if unit["kind"] != "office" else unit["name"],
        here=UNITS,
        back=Link(UNITS, s("Đơn vị và phòng ban", "Units and departments")),
        facts=facts,
        links=[Link(f"{UNITS}?parent={unit['code']}", s("Thêm đơn vị trực thuộc", "Add a unit below"))]
        if may_change
        else [],
        forms=_forms(texts, version) if may_change else [],
        trial=trial,
    )
    return await visit.show(view, form, refusal)


def _forms(texts: Mapping[str, str], version: str) -> list[PageForm]:
    note = Words(
        "Đơn vị này kết thúc vào ngày trước đó; hồ sơ đang giải quyết chuyển sang đơn vị kế thừa. Nên chạy thử trước.",
        "This unit ends on the day before. Its open dossiers go to the successor. Try it first.",
    )
    return [
        PageForm("change", Words("Sửa thông tin", "Change"), CHANGED, texts, version),
        PageForm(
            "succeed",
            Words("Chuyển cho đơn vị kế thừa", "Hand over to a successor"),
            _SUCCESSION,
            {},
            version,
            note,
            trial=True,
        ),
    ]


@router.get("/units/{unit_id}")
@admin_page
async def unit(visit: Administration) -> Response:
    """A unit, with the forms to change it."""
    return await _unit_page(visit)


@router.post("/units/{unit_id}")
@admin_form(_unit_page)
async def change_unit(visit: Administration, form: Form) -> Response:
    """Changes a unit, or hands it over to its successor; with `trial` shows what the handing over would do."""
    number = visit.request.path_params["unit_id"]
    if form.get("action") == "succeed":
        body = body_of(_SUCCESSION, form)
        if "trial" in form:
            after = await visit.api.rehearse("units", number, "succeed", body=body)
            return await _unit_page(visit, form, trial=_succession_trial(visit, after))
        await visit.api.post("units", number, "succeed", body=body, version=form.get("version"), key=form.get("key"))
    else:
        await visit.api.patch(
            "units", number, body=body_of(CHANGED, form), version=form.get("version"), key=form.get("key")
        )
    return done(visit, "units", number)


def _succession_trial(visit: Administration, after: Mapping[str, Any]) -> Table:
    s = visit.say
    rows = [[f"{item['unit']['code']} {item['unit']['name']}", str(item["moved"])] for item in after["successors"]]
    caption = s("Nếu chuyển cho đơn vị kế thừa", "The handing over would move")
    return Table(caption, [s("Đơn vị kế thừa", "Successor"), s("Số hồ sơ chuyển", "Dossiers")], rows, caption)
