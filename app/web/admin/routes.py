"""Routes of administration, and its first page: the parts missing until the first receipt."""

from fastapi import APIRouter, Response

from app.web.admin import messages, people, procedures, start, tokens, units
from app.web.admin.views import HOME, Administration, Cell, Link, Table, View, address_of, admin_page
from app.web.counter.dossier import units_on
from app.web.counter.receipt import procedures_in_force

router = APIRouter(prefix=HOME, include_in_schema=False)
for part in (start, units, procedures, people, tokens, messages):
    router.include_router(part.router)


@router.get("")
@admin_page
async def overview(visit: Administration) -> Response:
    """The steps until the first receipt, each with its state."""
    s, reference, today = visit.say, await visit.reference(), visit.today
    present, in_force = units_on(reference, today), procedures_in_force(reference, today)
    communes = [unit for unit in present if unit.kind == "commune"]
    offices = [unit for unit in present if unit.kind == "office"]
    persons = (await visit.api.get("persons", limit="500"))["items"]
    clerks = [
        person
        for person in persons
        if person["state"] == "active"
        and any(role["state"] == "valid" and role["role"] in ("clerk", "supervisor") for role in person["roles"])
    ]
    steps = [
        (Link(address_of("units"), s("Xã, phường", "Commune")), len(communes)),
        (Link(address_of("units"), s("Phòng ban, trung tâm", "Departments")), len(offices)),
        (Link(address_of("procedures"), s("Thủ tục đang có hiệu lực", "Procedures in force")), len(in_force)),
        (Link(address_of("people"), s("Người tiếp nhận hồ sơ", "People who receive dossiers")), len(clerks)),
    ]
    rows: list[list[Cell]] = [
        [link, str(count), s("đã có", "ready") if count else s("còn thiếu", "missing")] for link, count in steps
    ]
    missing = sum(not count for _link, count in steps)
    headings = [s("Việc cần có", "Needed"), s("Số lượng", "Number"), s("Tình trạng", "State")]
    ready = s("Đã có đủ để tiếp nhận hồ sơ đầu tiên.", "All is ready for the first receipt.")
    wanting = s("Số mục còn thiếu trước khi tiếp nhận hồ sơ đầu tiên: ", "Missing until the first receipt: ")
    view = View(
        title=s("Quản trị", "Administration"),
        here=HOME,
        lead=f"{wanting}{missing}." if missing else ready,
        links=[Link(address_of("start"), s("Thiết lập xã mới", "Set up a new commune"))],
        tables=[Table(s("Trước khi tiếp nhận hồ sơ đầu tiên", "Before the first receipt"), headings, rows, "–")],
    )
    return await visit.show(view)
