"""Views of administration: the facts, tables and forms of a page, and the routes for administrators."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import Response

from app.domain.lifecycle import Role
from app.lookup.reasons import weekday
from app.lookup.texts import Words
from app.web.admin.fields import WEEKDAYS, Field, shown
from app.web.counter.dossier import units_on
from app.web.public.rendering import redirect
from app.web.staff.api_client import Refusal
from app.web.staff.forms import Form
from app.web.staff.refusals import form_facts
from app.web.staff.visit import DONE, Route, Visit, form_route, page_route

HOME = "/admin"


class Link(NamedTuple):
    """A cell of a table that leads to another page."""

    address: str
    text: str


Cell = str | Link


@dataclass(frozen=True)
class Table:
    """A table with its caption; the first cell of each row names the row."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    blank: str


@dataclass(frozen=True)
class PageForm:
    """A form of a page, sent to the page's own address. `action` tells it from the others.

    `texts`: how it is filled in at first. `version`: of the changed record. `trial`: with a second button
    for a trial.
    """

    action: str
    title: Words
    fields: Sequence[Field] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    note: Words | None = None
    trial: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class View:
    """The content of a page. `secret`: a text to be shown once. `trial`: the effect of a change."""

    title: str
    here: str
    lead: str = ""
    facts: Sequence[tuple[str, Cell]] = ()
    links: Sequence[Link] = ()
    tables: Sequence[Table] = ()
    forms: Sequence[PageForm] = ()
    back: Link | None = None
    secret: tuple[str, str] | None = None
    trial: Table | None = None
    following: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)


class Administration(Visit):
    """A visit of an administrator."""

    def say(self, vi: str, en: str) -> str:
        """The text in the language of the visit."""
        return en if self.language == "en" else vi

    def word(self, names: Mapping[str, Words], key: str) -> str:
        """The label of a key; a key without one stays."""
        return names[key].say(self.language) if key in names else key

    @cached_property
    def key(self) -> str:
        """A key by which a form that is sent twice acts once."""
        return secrets.token_urlsafe(16)

    @staticmethod
    def instant(text: str) -> datetime:
        """The instant of a text of the API."""
        return datetime.fromisoformat(text)

    async def is_of_all_units(self) -> bool:
        """Whether the caller may change reference data."""
        return (await self.caller()).unit is None

    async def show(
        self, view: View, form: Form | None = None, refusal: Refusal | None = None, status: int = 200
    ) -> Response:
        """The page; `form` and `refusal` belong to the sent form."""
        sent, refused = form or {}, form_facts(refusal, self.language)
        actions = {form.action for form in view.forms}
        forms = [self._form_facts(form, sent, refused["errors"]) for form in view.forms]
        named = {field["name"] for form in forms if form["is_sent"] for field in form["fields"]}
        facts = {
            "view": view,
            "forms": forms,
            "refusal": refused["refusal"],
            # Errors of other fields are shown above the form.
            "other_errors": [text for name, text in refused["errors"].items() if name.partition("-")[0] not in named],
            "key": self.key,
            "path": self.request.url.path,
            "weekdays": [(number, weekday(number - 1, self.language)) for number in WEEKDAYS],
            "done": DONE in self.request.query_params,
            "units": units_on(await self.reference(), self.today),
            "is_first": "cursor" not in view.query,
            "linked": sent.get("action") not in actions,
        }
        return await self.page("admin-page.html", facts, refusal.status if refusal else status)

    def _form_facts(self, form: PageForm, sent: Form, errors: Mapping[str, str]) -> dict[str, Any]:
        is_sent = sent.get("action") == form.action
        texts = sent if is_sent else form.texts
        return {
            "action": form.action,
            "title": form.title.say(self.language),
            "note": form.note.say(self.language) if form.note else "",
            "fields": shown(form.fields, texts, errors if is_sent else {}, self.language),
            "version": form.version,
            "trial": form.trial,
            "is_sent": is_sent,
            "is_open": is_sent or form.is_open,
        }


Shows = Callable[[Administration], Awaitable[Response]]
Acts = Callable[[Administration, Form], Awaitable[Response]]
ShowsForm = Callable[[Administration, Form, Refusal | None], Awaitable[Response]]


def admin_page(handler: Shows) -> Route:
    """The handler as a route for administrators; another role gets a refusal."""

    async def handled(visit: Visit) -> Response:
        return await _refused(visit) or await handler(_administration(visit))

    return page_route(handled)


def admin_form(filled: ShowsForm) -> Callable[[Acts], Route]:
    """As `form_route`, for administrators."""

    async def filled_again(visit: Visit, form: Form, refusal: Refusal | None) -> Response:
        return await _refused(visit) or await filled(_administration(visit), form, refusal)

    def route_of(handler: Acts) -> Route:
        async def handled(visit: Visit, form: Form) -> Response:
            return await _refused(visit) or await handler(_administration(visit), form)

        return form_route(filled_again)(handled)

    return route_of


def done(visit: Visit, *path: str) -> Response:
    """A redirect to a page of administration, which then says that the change was stored."""
    return redirect(visit.request, f"{address_of(*path)}?{DONE}=1")


def address_of(*path: object) -> str:
    """The address of a page of administration."""
    return "/".join([HOME, *(quote(str(part), safe="") for part in path)])


def _administration(visit: Visit) -> Administration:
    return Administration(visit.request, visit.token, visit.resumed)


async def _refused(visit: Visit) -> Response | None:
    if (await visit.caller()).role is Role.ADMINISTRATOR:
        return None
    return await visit.page("admin-refusal.html", {}, 403)
