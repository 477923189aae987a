"""Routes of the public pages. Their content comes from the same services and queries as that of the API."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from app.access.dependencies import Now, NowOfData, Reading
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.domain.errors import Invalid
from app.domain.lifecycle import Entry
from app.domain.localtime import local_date
from app.domain.typed_codes import code_in
from app.http.lookup_limits import MissesCounted, lookup_rate
from app.http.wire_types import UnitOut
from app.identity.access_log.offices import office_days
from app.identity.access_log.presenting import office_days_out
from app.lookup import queries
from app.lookup.explanation import case_of, deadline_text
from app.lookup.presenting import lookup_out
from app.lookup.queries import DossierSnapshot
from app.statistics.lateness.figures import lateness_figures
from app.statistics.on_time.figures import count_and_change
from app.statistics.ratings.service import rate
from app.web.public import lateness
from app.web.public.assets import asset
from app.web.public.board import PARAMETERS, board_facts, parse_board
from app.web.public.dossier import dossier_facts
from app.web.public.explanation import deadline_part
from app.web.public.languages import language_for
from app.web.public.parameters import query_fields
from app.web.public.procedures import deadline_for, list_facts, local_minute, procedure_facts
from app.web.public.rating import rating_of
from app.web.public.rendering import DESCRIBING, REFRESHING, page, redirect
from app.web.public.seals import seal_facts
from app.web.public.slips import is_opened, key_in, may_be_opened, open_by_form, open_by_key
from app.web.public.status import status_facts

# The most requested page: the application tries this router before others.
lookup_pages = APIRouter(include_in_schema=False)
router = APIRouter(include_in_schema=False)


async def dossier(request: Request) -> Response:
    """The status of a dossier, for everyone with its code; the holder of its slip sees its steps and times too."""
    code, language = request.path_params["code"], language_for(request)
    if key := query_fields(request, "key").get("key"):
        return await open_by_key(request, _code_of(code, language), key)
    view = await _view(request, code)
    lookup = lookup_out(
        view.reference, view.snapshot, CatalogueServices.of(request.app).now(), language, complete=view.complete
    )
    explanation = Markup()
    if view.complete and lookup.due_date is not None:
        case = case_of(view.reference, view.snapshot.state, view.journal)
        explanation = deadline_part(view.reference, case, lookup, language)
    facts = dossier_facts(view.reference, lookup, explanation, language)
    # The version of a dossier changes with what is not shown, so the tag is made from the page alone.
    return page(request, "dossier.html", facts, private=True)


# Hot path: skips the framework's reading of parameters, which takes as long as the database does.
lookup_pages.add_route("/d/{code}", dossier, include_in_schema=False)


@router.get("/d/{code}/days")
async def days(request: Request, code: str) -> Response:
    """The explanation of the due date, with any number of days, for the holder of the slip."""
    view = await _view(request, code)
    if not view.complete:
        return redirect(request, f"/d/{quote(view.snapshot.row.code)}")
    explanation = deadline_text(case_of(view.reference, view.snapshot.state, view.journal), language_for(request))
    facts = {"code": view.snapshot.row.code, "explanation": explanation}
    return page(request, "days.html", facts, private=True)


@router.get("/d/{code}/views")
async def views(request: Request, now: Now, code: str) -> Response:
    """The offices that looked at the dossier, day by day, for the holder of the slip."""
    view = await _view(request, code)
    row = view.snapshot.row
    if not view.complete:
        return redirect(request, f"/d/{quote(row.code)}")
    await lookup_rate(request)
    async with CatalogueServices.of(request.app).database.reading(heavy=True) as connection:
        offices = office_days_out(view.reference, row.code, await office_days(connection, row.id, now), now)

    def unit_name(unit: UnitOut) -> str:
        return view.reference.units[unit.id].full_name

    return page(request, "views.html", {"offices": offices, "unit_name": unit_name}, private=True)


@router.post("/d/{code}/proof")
async def proof(request: Request, code: str) -> Response:
    """Opens the whole page to a reader who types the key of the slip, or last digits."""
    return await open_by_form(request, code)


@router.get("/d/{code}/proof")
async def proof_form(request: Request, code: str) -> Response:
    """Redirects to the form. A refusal leads here after a reload, or after another choice of language."""
    return redirect(request, f"/d/{quote(_code_of(code, language_for(request)))}")


@router.post("/d/{code}/rating")
async def rating(request: Request, code: str) -> Response:
    """Stores the rating of a returned dossier, and redirects to a page that can be reloaded."""
    await rate(request, code, await rating_of(request), language_for(request))
    return redirect(request, f"/d/{quote(_code_of(code, language_for(request)))}/thanks")


@router.get("/d/{code}/rating")
async def rating_form(request: Request, code: str) -> Response:
    """Redirects to the form. A refusal leads here after a reload, or after another choice of language."""
    return redirect(request, f"/d/{quote(_code_of(code, language_for(request)))}")


@router.get("/d/{code}/thanks")
async def thanks(request: Request, code: str) -> Response:
    """The thanks for a rating. The page does not show if the dossier was rated."""
    return page(request, "thanks.html", {"code": _code_of(code, language_for(request))})


class _View(NamedTuple):
    """A dossier as the reader of a page may see it; without `complete` it has neither steps nor journal."""

    reference: Reference
    snapshot: DossierSnapshot
    journal: Sequence[Entry]
    complete: bool


async def _view(request: Request, code: str) -> _View:
    services = CatalogueServices.of(request.app)
    language, complete = language_for(request), await may_be_opened(request)
    async with services.database.reading() as connection:
        with MissesCounted(request):
            if complete:
                snapshot, journal = await queries.find_dated(connection, code, language)
            else:
                snapshot, journal = await queries.find_bare(connection, code, language), ()
        reference = await services.reference.current(connection, snapshot.row.reference_revision or 0)
        return _View(reference, snapshot, journal, complete and is_opened(request, snapshot.row.code))


@router.get("/")
async def home(request: Request) -> Response:
    """The field for the code."""
    return page(request, "home.html", {})


@router.get("/d")
async def find(request: Request, code: str = "") -> Response:
    """Redirects from a typed or pasted code to the address of the dossier."""
    if not code.strip():
        return redirect(request, "/")
    try:
        own = code_in(code)
    except Invalid:
        # A code of another system, or none. Only a code of ours becomes part of an address.
        return redirect(request, f"/d/{quote((await _view(request, code)).snapshot.row.code)}")
    key = key_in(code)
    return await open_by_key(request, own, key) if key else redirect(request, f"/d/{quote(own)}")


def _code_of(typed: str, language: str) -> str:
    """The code in its standard form. Only a code becomes part of an address."""
    try:
        return code_in(typed)
    except Invalid:
        raise queries.unknown_dossier(language) from None


@router.get("/procedures")
async def procedures(request: Request, reference: CurrentReference, now: Now) -> Response:
    """The public posting of procedures, searched by word, field and level."""
    query = query_fields(request, "q", "field", "level", "cursor")
    facts = list_facts(reference, query, local_date(now), language_for(request))
    return page(request, "procedures.html", facts)


@router.get("/procedures/{code}")
async def procedure(request: Request, reference: CurrentReference, now: Now, code: str) -> Response:
    """A procedure with its papers, limits, fee, steps and law, and the calculator of its due date."""
    language, query = language_for(request), query_fields(request, "at", "channel", "print")
    facts = procedure_facts(reference, code, local_date(now), language)
    if "at" in query:
        await lookup_rate(request)
    facts |= {"query": query, "at": local_minute(now), "due": deadline_for(reference, code, query, language)}
    template = "procedure-print.html" if "print" in query else "procedure.html"
    return page(request, template, facts)


@router.get("/board")
async def board_page(request: Request, now: NowOfData) -> Response:
    """The on-time rates of offices and communes in a period."""
    query = query_fields(request, *PARAMETERS)
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        board = parse_board(query, reference, now)
        counts, changed = await count_and_change(connection, board.question, now)

    def render() -> Response:
        facts = board_facts(board, counts, changed, now, language_for(request))
        if board.is_wall:
            return page(request, "wall.html", facts, headers=REFRESHING)
        return page(request, "board.html", facts)

    # The rows of a province take tens of milliseconds. A thread lets other requests go on.
    return await asyncio.to_thread(render)


@router.get("/board/lateness")
async def lateness_page(request: Request, now: NowOfData) -> Response:
    """The causes of late results, and the promises that were kept, in a period."""
    query = query_fields(request, *lateness.PARAMETERS)
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        asked = lateness.parse_lateness(query, await services.reference.current(connection), now)
        counts, changed = await lateness_figures(connection, asked.question, now)

    def render() -> Response:
        facts = lateness.lateness_facts(asked, counts, changed, now, language_for(request))
        return page(request, "lateness.html", facts)

    return await asyncio.to_thread(render)


@router.get("/status")
async def status(request: Request) -> Response:
    """What works at the moment, in plain words. It answers without a database too."""
    services = CatalogueServices.of(request.app)
    return page(request, "status.html", await status_facts(services, request.app.version, language_for(request)))


@router.get("/seals")
async def seals(request: Request, connection: Reading) -> Response:
    """The seals of the journal, the newest first, for everyone to keep."""
    query = query_fields(request, "number")
    facts = await seal_facts(CatalogueServices.of(request.app), connection, query.get("number"))
    return page(request, "seals.html", facts, version=facts["seals"][0].number if facts["seals"] else 0)


@router.get("/docs")
async def api_description(request: Request) -> Response:
    """Describes the interface to programmers, from the OpenAPI document; nothing is loaded from other sites."""
    return page(request, "interface.html", {}, headers=DESCRIBING)


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A file that pages load. Its content never changes under this name."""
    file = asset(name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(file.body, media_type=file.media_type, headers=headers)
