"""The addresses of the pages; everything on them comes from the services and queries behind the API."""

import asyncio
import re
from collections.abc import Sequence
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from app.access.dependencies import Now
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.domain.codes import normalise_code, parse_code
from app.domain.errors import Invalid
from app.domain.lifecycle import Entry
from app.domain.localtime import local_date
from app.http.lookup_limits import MissesCounted, lookup_rate
from app.lookup import queries
from app.lookup.explanation import case_of, deadline_text
from app.lookup.presenting import lookup_out
from app.lookup.queries import DossierSnapshot
from app.statistics.on_time.figures import count_and_change
from app.statistics.ratings.service import rate
from app.web.public.assets import asset
from app.web.public.board import PARAMETERS, board_asked, board_facts
from app.web.public.dossier import dossier_facts
from app.web.public.explanation import folded
from app.web.public.languages import language_for
from app.web.public.parameters import given
from app.web.public.procedures import list_facts, now_written, procedure_facts, promised
from app.web.public.rating import rating_of
from app.web.public.rendering import DESCRIBING, REFRESHING, page, redirect

# Asked for most: the application tries it before other routes.
first = APIRouter(include_in_schema=False)
router = APIRouter(include_in_schema=False)

# A slip's QR code holds the whole address: whoever pastes that means the code at its end.
_ADDRESS = re.compile(r"\s*https?://[^/\s]+/d/([^/?#\s]+)", re.IGNORECASE)


async def dossier(request: Request) -> Response:
    """Where a dossier stands, for anybody who knows its code."""
    reference, found, journal = await _found(request, request.path_params["code"])
    language = language_for(request)
    shown = lookup_out(reference, found, CatalogueServices.of(request.app).now(), language)
    explanation = Markup()
    if shown.due_date is not None:
        explanation = folded(reference, case_of(reference, found.state, journal), shown, language)
    facts = dossier_facts(reference, shown, explanation, language)
    return page(request, "dossier.html", facts, version=found.row.version, private=True)


# Without the framework's reading of parameters, which would take as long as the database does.
first.add_route("/d/{code}", dossier, include_in_schema=False)


@router.get("/d/{code}/days")
async def days(request: Request, code: str) -> Response:
    """How its due date comes about, however many days that takes."""
    reference, found, journal = await _found(request, code)
    explanation = deadline_text(case_of(reference, found.state, journal), language_for(request))
    facts = {"code": found.row.code, "explanation": explanation}
    return page(request, "days.html", facts, version=found.row.version, private=True)


@router.post("/d/{code}/rating")
async def rating(request: Request, code: str) -> Response:
    """Keeps what the form under a returned dossier says, and leads on to a page that can be loaded again."""
    await rate(request, code, await rating_of(request), language_for(request))
    return redirect(request, f"/d/{quote(_known(code, language_for(request)))}/thanks")


@router.get("/d/{code}/rating")
async def form(request: Request, code: str) -> Response:
    """Whoever changes the language of a refusal, or loads it again, is back at the form."""
    return redirect(request, f"/d/{quote(_known(code, language_for(request)))}")


@router.get("/d/{code}/thanks")
async def thanks(request: Request, code: str) -> Response:
    """What stands there once somebody has rated; it says nothing of whether anybody did."""
    return page(request, "thanks.html", {"code": _known(code, language_for(request))})


async def _found(request: Request, code: str) -> tuple[Reference, DossierSnapshot, Sequence[Entry]]:
    await lookup_rate(request)
    services = CatalogueServices.of(request.app)
    async with services.database.reading() as connection:
        with MissesCounted(request):
            found, journal = await queries.find_dated(connection, code, language_for(request))
        return await services.reference.current(connection, found.row.reference_revision or 0), found, journal


@router.get("/")
async def home(request: Request) -> Response:
    """One field: the code."""
    return page(request, "home.html", {})


@router.get("/d")
async def find(request: Request, code: str = "") -> Response:
    """From the code as it was typed or pasted to the dossier's own address."""
    language = language_for(request)
    if not code.strip():
        return redirect(request, "/")
    pasted = _ADDRESS.match(code)
    return redirect(request, f"/d/{quote(_known(pasted[1] if pasted else code, language))}")


def _known(typed: str, language: str) -> str:
    """The code as it is written: only what is one becomes part of an address."""
    try:
        return str(parse_code(normalise_code(typed)))
    except Invalid:
        raise queries.unknown_dossier(language) from None


@router.get("/procedures")
async def procedures(request: Request, reference: CurrentReference, now: Now) -> Response:
    """The public posting of procedures, searched by word, field and level."""
    asked = given(request, "q", "field", "level", "cursor")
    facts = list_facts(reference, asked, local_date(now), language_for(request))
    return page(request, "procedures.html", facts, version=reference.revision)


@router.get("/procedures/{code}")
async def procedure(request: Request, reference: CurrentReference, now: Now, code: str) -> Response:
    """One procedure: its papers, limits, fee, steps and law; and when it is due if it is handed in at some time."""
    language, asked = language_for(request), given(request, "at", "channel", "print")
    facts = procedure_facts(reference, code, local_date(now), language)
    if "at" in asked:
        await lookup_rate(request)
    facts |= {"asked": asked, "at": now_written(now), "due": promised(reference, code, asked, language)}
    template = "procedure-print.html" if "print" in asked else "procedure.html"
    return page(request, template, facts, version=reference.revision)


@router.get("/board")
async def board(request: Request, now: Now) -> Response:
    """How punctual each office and commune was in a period."""
    asked = given(request, *PARAMETERS)
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        wanted = board_asked(asked, reference, now)
        counts, changed = await count_and_change(connection, wanted.question, now)

    def written() -> Response:
        facts = board_facts(wanted, counts, changed, now, language_for(request))
        if wanted.is_wall:
            return page(request, "wall.html", facts, version=reference.revision, headers=REFRESHING)
        return page(request, "board.html", facts, version=reference.revision)

    # A province's rows take tens of milliseconds, in which other requests shall be answered.
    return await asyncio.to_thread(written)


@router.get("/docs")
async def interface(request: Request) -> Response:
    """Describes the interface to programmers, from the OpenAPI document; nothing is loaded from elsewhere."""
    return page(request, "interface.html", {}, headers=DESCRIBING)


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A file that pages load; it never changes under its name."""
    found = asset(name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.body, media_type=found.media_type, headers=headers)
