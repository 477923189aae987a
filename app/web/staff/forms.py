"""Reads forms of staff: their fields, papers, numbers and times; refuses forms of other sites."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request

from app.http.errors import Forbidden
from app.http.request_bodies import allow_large_body
from app.web.public.parameters import form_fields
from app.web.staff.session import token_of

Form = Mapping[str, str]

# The fields of the sign-in form. No other form has a field of these names.
TOKEN, ACCOUNT, PASSWORD, CODE = "token", "sign-in-account", "sign-in-password", "sign-in-code"
# What was proved before the second page of the sign-in, and the secret of an app to enrol; both are encrypted.
PROOF, APP = "sign-in-proof", "sign-in-app"
# Goes on with a form after a sign-in in another tab.
RESUME = "sign-in-resume"
SIGN_IN_FIELDS = frozenset({TOKEN, ACCOUNT, PASSWORD, CODE, PROOF, APP, RESUME})
YES, NO = "yes", "no"
_MOST_FIELDS = 1000
_GROUPED = re.compile(r"\d{1,3}(?:[ .,]\d{3})+")


async def form_of(request: Request) -> Form:
    """The fields of the form without blank ones. Raises Forbidden `form_from_elsewhere` for another site's form."""
    _require_same_origin(request)
    if await token_of(request) is not None:
        allow_large_body(request)
    return await form_fields(request, _MOST_FIELDS)


def _require_same_origin(request: Request) -> None:
    """Refuses forms of other origins. The cookie's SameSite alone would accept a page of a neighbouring subdomain.

    Browsers send `Sec-Fetch-Site` over https and on the local machine, and `Origin` always.
    """
    site = request.headers.get("sec-fetch-site")
    origin = urlsplit(request.headers.get("origin", ""))
    same = origin.netloc == request.headers.get("host") if site is None else site == "same-origin"
    if not same:
        raise Forbidden("form_from_elsewhere", "This form was not sent by the pages of this service.")


def number(text: str) -> int | str:
    """The number, also with grouped digits (50.000). Other text stays, and the API refuses it."""
    digits = re.sub(r"[ .,]", "", text) if _GROUPED.fullmatch(text) else text
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else text


def yes_no(text: str) -> bool | str:
    """The answer to a question. Other text stays, and the API refuses it."""
    return {YES: True, NO: False}.get(text, text)


def moment(text: str) -> str:
    """The local time of a field as an instant of the API."""
    return f"{text}+07:00"


def unit_code(text: str) -> str:
    """The code from "code name", as the list offers a unit. Text that begins without a code stays as written."""
    code, _, words = text.partition(" ")
    return code if words and any(character.isdigit() for character in code) else text


def papers(form: Form) -> list[dict[str, Any]]:
    """The papers of the rows that are ticked and have a name."""
    rows = (row for row in paper_rows(form) if row["given"] and row["name"])
    return [{name: row[name] for name in ("name", "form", "copies") if row[name]} for row in rows]


def paper_rows(form: Form) -> list[dict[str, Any]]:
    """All rows of papers as they were filled in."""
    count = number(form.get("papers", "0"))
    return [
        {
            "given": f"paper-{row}-given" in form,
            "name": form.get(f"paper-{row}-name", ""),
            "form": form.get(f"paper-{row}-form", ""),
            "copies": number(form.get(f"paper-{row}-copies", "")),
        }
        for row in range(min(count, 200) if isinstance(count, int) else 0)
    ]


def blank_rows(most: int) -> list[dict[str, Any]]:
    """Rows for further papers."""
    return [{"given": True, "name": "", "form": "", "copies": ""} for _row in range(most)]


def rows_of(documents: Sequence[Mapping[str, Any]], *, given: bool) -> list[dict[str, Any]]:
    """Rows for papers with a name; `given`: ticked, except those that only some cases need."""
    return [
        {
            "given": given and not paper.get("when"),
            "name": paper["name"],
            "form": paper.get("form", ""),
            "copies": paper.get("copies", 1),
        }
        for paper in documents
        if paper.get("name")
    ]
