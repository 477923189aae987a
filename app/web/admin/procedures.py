"""Pages of catalogues and procedures: lists by field, a new procedure, a new version, changed words, due dates."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from app.domain.errors import NotFound
from app.lookup.texts import Words
from app.web.admin.fields import Field, body_of
from app.web.admin.labels import CHANNELS, LEVELS, LIMIT_UNITS, POLICIES
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
from app.web.staff.forms import Form, blank_rows, rows_of

router = APIRouter()

PROCEDURES = address_of("procedures")
_LIMITS = tuple(
    Field(f"limit-{channel}", Words(f"Thời hạn: {words.vi}", f"Limit: {words.en}"), "limit", choices=LIMIT_UNITS)
    for channel, words in CHANNELS.items()
)
_BASIS = Field("legal_basis", Words("Căn cứ pháp lý", "Legal basis"), "text", blank=None)
_PAPERS = Field("documents", Words("Thành phần hồ sơ", "Papers"), "papers")
VERSION = (
    Field("effective_from", Words("Hiệu lực từ ngày", "In force from"), "date", required=True),
    Field("effective_to", Words("Hiệu lực đến hết ngày", "In force to"), "date"),
    *_LIMITS,
    Field("clock_policy", Words("Khi tạm dừng", "During a suspension"), "choice", choices=POLICIES),
    Field("responsible_unit", Words("Đơn vị giải quyết", "Responsible unit"), "unit"),
    Field("fee", Words("Phí, lệ phí (đồng)", "Fee (đồng)"), "number"),
    Field("max_supplement_requests", Words("Số lần yêu cầu bổ sung", "Requests for papers"), "number"),
    Field("max_extension", Words("Gia hạn tối đa (ngày)", "Days of extension at most"), "number"),
    _BASIS,
    Field(
        "route",
        Words("Các bước (mỗi dòng một bước)", "Steps (one a line)"),
        "lines",
        hint=Words(
            "Nơi tiếp nhận: receiving; nơi giải quyết: responsible; hoặc mã đơn vị. "
            "Viết: receiving | Tiếp nhận | 2 working_day. Phần thời hạn có thể để trống.",
            "The receiving unit: receiving. The responsible unit: responsible. Or a code. "
            "Like: receiving | Check | 2 working_day. The share of the limit may be left out.",
        ),
    ),
    _PAPERS,
    Field(
        "results",
        Words("Kết quả (mỗi dòng một kết quả)", "Results (one a line)"),
        "lines",
        hint=Words("Viết: Giấy khai sinh | KQ.G15.000031, hoặc chỉ viết tên.", "Like: name | code, or a name alone."),
    ),
)
_WORDS = (
    Field("name", Words("Tên thủ tục", "Name"), required=True),
    Field("field", Words("Lĩnh vực", "Field"), required=True),
    Field("note", Words("Ghi chú cho quản trị viên", "Note for administrators"), "text", blank=None),
)
NEW = (
    Field("code", Words("Mã thủ tục", "Code"), required=True),
    *_WORDS[:2],
    Field("level", Words("Cấp giải quyết", "Level"), "choice", required=True, choices=LEVELS),
    Field("catalogue", Words("Danh mục", "Catalogue"), required=True),
)
CATALOGUE = (
    Field("name", Words("Tên danh mục", "Name"), required=True),
    Field("decision", Words("Quyết định", "Decision")),
    Field("min_days", Words("Thời hạn ngắn nhất (ngày)", "Shortest limit (days)"), "number", blank=None),
    Field("max_days", Words("Thời hạn dài nhất (ngày)", "Longest limit (days)"), "number", blank=None),
)
_TRIAL = (
    Field("channel", Words("Hình thức nộp", "Channel"), "choice", required=True, choices=CHANNELS),
    Field("received_at", Words("Tiếp nhận lúc", "Received at"), "moment", required=True),
    Field("unit", Words("Nơi tiếp nhận", "Receiving unit"), "unit"),
)


async def _list(visit: Administration, form: Form | None = None, refusal: Refusal | None = None) -> Response:
    s, query = visit.say, query_fields(visit.request, "cursor", "field", "q")
    page = await visit.api.get("procedures", limit="100", **query)
    catalogues = (await visit.api.get("catalogues", limit="100"))["items"]
    rows: list[list[Cell]] = [
        [
            Link(address_of("procedures", item["code"]), item["name"]),
            item["code"],
            Link(f"{PROCEDURES}?field={item['field']}", item["field"]),
            s("có", "yes") if item["in_force"] else s("không", "no"),
        ]
        for item in page["items"]
    ]
    headings = [s("Thủ tục", "Procedure"), s("Mã", "Code"), s("Lĩnh vực", "Field"), s("Hiệu lực", "In force")]
    caption = s("Thủ tục", "Procedures")
    lists = Table(
        s("Danh mục", "Catalogues"),
        [s("Danh mục", "Catalogue"), s("Quyết định", "Decision"), s("Thời hạn (ngày)", "Limits (days)")],
        [[c["name"], c["decision"] or "–", f"{c['min_days'] or '–'} … {c['max_days'] or '–'}"] for c in catalogues],
        s("Chưa có danh mục nào. Cần một danh mục trước khi thêm thủ tục.", "Add a catalogue before a procedure."),
    )
    view = View(
        title=caption,
        here=PROCEDURES,
        tables=[Table(caption, headings, rows, s("Chưa có thủ tục nào.", "There is no procedure yet.")), lists],
        forms=_list_forms(catalogues) if await visit.is_of_all_units() else [],
        following=page["next_cursor"],
        query=query,
    )
    return await visit.show(view, form, refusal)


def _list_forms(catalogues: Sequence[Mapping[str, Any]]) -> list[PageForm]:
    names = {item["name"]: Words(item["name"], item["name"]) for item in catalogues}
    fields = [field._replace(kind="choice", choices=names) if field.name == "catalogue" else field for field in NEW]
    return [
        PageForm("add", Words("Thêm thủ tục", "Add a procedure"), fields),
        PageForm("catalogue", Words("Thêm danh mục", "Add a catalogue"), CATALOGUE),
    ]


@router.get("/procedures")
@admin_page
async def procedures(visit: Administration) -> Response:
    """The procedures and catalogues, with the forms for new ones."""
    return await _list(visit)


@router.post("/procedures")
@admin_form(_list)
async def add(visit: Administration, form: Form) -> Response:
    """Adds a procedure or a catalogue."""
    if form.get("action") == "catalogue":
        await visit.api.post("catalogues", body=body_of(CATALOGUE, form), key=form.get("key"))
        return done(visit, "procedures")
    procedure = await visit.api.post("procedures", body=body_of(NEW, form), key=form.get("key"))
    return done(visit, "procedures", procedure["code"])


async def _procedure_page(
    visit: Administration, form: Form | None = None, refusal: Refusal | None = None, trial: Table | None = None
) -> Response:
    procedure = await visit.api.get("procedures", visit.request.path_params["code"])
    s, versions = visit.say, procedure["versions"]
    rows: list[list[Cell]] = [
        [
            version["effective_from"],
            version["effective_to"] or "–",
            "; ".join(_limit_texts(visit, version["limits"])),
            str(version["fee"]) if version["fee"] is not None else "–",
            str(len(version["documents"])),
        ]
        for version in versions
    ]
    headings = [
        s("Hiệu lực từ", "In force from"),
        s("Đến", "To"),
        s("Thời hạn", "Limits"),
        s("Phí, lệ phí", "Fee"),
        s("Giấy tờ", "Papers"),
    ]
    blank = s("Chưa có phiên bản: chưa tiếp nhận được.", "No version yet: nothing can be received.")
    view = View(
        title=procedure["name"],
        here=PROCEDURES,
        back=Link(PROCEDURES, s("Thủ tục", "Procedures")),
        facts=[
            (s("Mã thủ tục", "Code"), procedure["code"]),
            (s("Lĩnh vực", "Field"), procedure["field"]),
            (s("Cấp giải quyết", "Level"), visit.word(LEVELS, procedure["level"])),
            (s("Danh mục", "Catalogue"), procedure["catalogue"]["name"]),
        ],
        links=[Link(f"/procedures/{procedure['code']}", s("Xem trang công khai", "See the public page"))],
        tables=[Table(s("Phiên bản", "Versions"), headings, rows, blank)],
        forms=_forms(procedure, await visit.is_of_all_units(), visit.today.isoformat()),
        trial=trial,
    )
    return await visit.show(view, form, refusal)


def _limit_texts(visit: Administration, limits: Mapping[str, Any]) -> list[str]:
    return [
        f"{visit.word(CHANNELS, channel)}: {limit['amount'] or ''} {visit.word(LIMIT_UNITS, limit['unit'])}"
        for channel, limit in limits.items()
        if limit
    ]


def _forms(procedure: Mapping[str, Any], may_change: bool, today: str) -> list[PageForm]:
    latest = procedure["versions"][-1] if procedure["versions"] else None
    trial = PageForm(
        "deadline",
        Words("Tính thử ngày hẹn", "Try a due date"),
        _TRIAL,
        {"received_at": f"{today}T08:00", "channel": "counter"},
    )
    if not may_change:
        return [trial]
    count = str(len(procedure["versions"]))
    words = {name: str(procedure.get(name) or "") for name in ("name", "field", "note")}
    return [
        trial,
        PageForm("version", Words("Thêm phiên bản", "Add a version"), VERSION, _version_texts(latest), count),
        PageForm("words", Words("Sửa tên, lĩnh vực", "Correct name and field"), _WORDS[:2], words, count),
    ]


def _version_texts(latest: Mapping[str, Any] | None) -> dict[str, str]:
    """The latest version as the beginning of the next one; its papers as rows, with blank ones."""
    rows = [*rows_of(latest["documents"] if latest else (), given=True), *blank_rows(4)]
    texts = {"papers": str(len(rows))}
    for number, row in enumerate(rows):
        texts |= {f"paper-{number}-{name}": str(row[name] or "") for name in ("name", "form", "copies")}
        texts |= {f"paper-{number}-given": "1"}
    if latest is None:
        return {**texts, "limit-counter-unit": "working_day", "clock_policy": "exclude"}
    for channel, limit in latest["limits"].items():
        if limit:
            texts |= {f"limit-{channel}-amount": str(limit["amount"] or ""), f"limit-{channel}-unit": limit["unit"]}
    unit = latest["responsible_unit"]
    plain = ("clock_policy", "fee", "legal_basis", "max_supplement_requests", "max_extension")
    texts |= {name: str(latest[name]) for name in plain if latest[name] is not None}
    texts["route"] = "\n".join(map(_step_text, latest["route"]))
    texts["results"] = "\n".join(map(_result_text, latest["results"]))
    return texts | ({"responsible_unit": f"{unit['code']} {unit['name']}"} if unit else {})


def _result_text(result: Mapping[str, Any]) -> str:
    return " | ".join([result["name"], *filter(None, [result.get("code")])])


def _step_text(step: Mapping[str, Any]) -> str:
    unit, share = step["unit"], step["limit"]
    place = unit if isinstance(unit, str) else str(unit["code"])
    return " | ".join([place, step["name"], *([f"{share['amount']} {share['unit']}"] if share else [])])


def _version_body(form: Form, latest: Mapping[str, Any] | None) -> dict[str, Any]:
    """The body of a new version. What the form does not show is that of the latest one: rules, and cases of papers."""
    body = body_of(VERSION, form)
    limits = {channel: body.pop(f"limit-{channel}", None) for channel in CHANNELS}
    cases = {paper["name"]: paper["when"] for paper in (latest or {}).get("documents", ()) if "when" in paper}
    papers = [
        paper | ({"when": cases[paper["name"]]} if paper.get("name") in cases else {})
        for paper in body.get("documents", ())
    ]
    results = [dict(zip(("name", "code"), _parts(line), strict=False)) for line in body.pop("results", ())]
    route = [_step(line) for line in body.pop("route", ())]
    rules = {"rules": latest["rules"]} if latest and latest["rules"] else {}
    return {**body, **rules, "documents": papers, "limits": limits, "route": route, "results": results}


def _step(line: str) -> dict[str, Any]:
    place, *rest = _parts(line)
    step: dict[str, Any] = {"unit": place, "name": rest[0] if rest else place}
    if len(rest) > 1:
        amount, _blank, unit = rest[1].partition(" ")
        step["limit"] = {"amount": _amount(amount), "unit": unit.strip()}
    return step


def _amount(text: str) -> float | int | str:
    """The amount of a share, which may have half days. Other text stays, and the API refuses it."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")][:3]


@router.get("/procedures/{code}")
@admin_page
async def procedure_page(visit: Administration) -> Response:
    """A procedure with its versions."""
    return await _procedure_page(visit)


@router.post("/procedures/{code}")
@admin_form(_procedure_page)
async def change(visit: Administration, form: Form) -> Response:
    """Adds a version, corrects words, or shows a due date without changing anything."""
    code, version, key = visit.request.path_params["code"], form.get("version"), form.get("key")
    match form.get("action"):
        case "deadline":
            return await _procedure_page(visit, form, trial=await _due_date(visit, code, form))
        case "version":
            versions = (await visit.api.get("procedures", code))["versions"]
            body = _version_body(form, versions[-1] if versions else None)
            await visit.api.post("procedures", code, "versions", body=body, version=version, key=key)
        case "words":
            await visit.api.patch("procedures", code, body=body_of(_WORDS[:2], form), version=None, key=key)
        case _:
            raise NotFound("no_such_path", "There is no such action.")
    return done(visit, "procedures", code)


async def _due_date(visit: Administration, code: str, form: Form) -> Table:
    deadline = await visit.api.post("deadline", body={**body_of(_TRIAL, form), "procedure": code})
    s = visit.say
    rows: list[list[Cell]] = [[day["date"], str(day["number"] or "–"), day["why"]] for day in deadline["days"]]
    caption = s("Ngày hẹn trả", "Due date") + f": {deadline['due_date']}"
    return Table(caption, [s("Ngày", "Day"), s("Thứ tự", "Number"), s("Giải thích", "Why")], rows, "–")
