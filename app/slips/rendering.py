"""Sets slips as PDF with Typst, a few at a time and off the event loop; the same slip gives the same bytes."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from typst import Compiler, Fonts, TypstError

from app.catalogue.records import Unit
from app.slips.barcodes import code_128, qr_code
from app.slips.templates import ROOT, Templates, failed, templates_in

T = TypeVar("T")

# Setting takes a core for some milliseconds: more at once would only take turns.
_AT_ONCE = 2
_LONGEST_DETAIL = 600
# Typst keeps what it has worked out for as many compilations as this, should it be needed again.
_KEPT_FOR = 11
_LARGE = 300_000


class Press:
    """One compiler, for one thread at a time; what it has learnt of fonts and templates makes the next slip quicker."""

    def __init__(self) -> None:
        # Nothing of the machine comes in: no fonts of its own, no packages that somebody once fetched.
        self._compiler = Compiler(
            root=ROOT, font_paths=_fonts(), ignore_system_fonts=True, package_path=ROOT, package_cache_path=ROOT
        )

    def pdf(self, templates: Templates, path: str, content: Mapping[str, Any]) -> bytes:
        """The content set by the template at a path; raises Unavailable `slip_template` where the template fails."""
        files = {**templates.files, "main.typ": f'#include "/{path}"'.encode()}
        try:
            set_ = self._compiler.compile(
                input=files,  # type: ignore[type-var]  # several files by name are taken too
                format="pdf",
                sys_inputs={"slip": json.dumps(content, ensure_ascii=False)},
            )
        except TypstError as error:
            raise failed(f"The template {path} fails: {_told(error)}") from None
        assert isinstance(set_, bytes)
        if len(set_) > _LARGE:
            self._forget()
        return set_

    def _forget(self) -> None:
        """Drops what was kept of a paper of many pages: ten registers of 500 dossiers would hold 850 MB, one 180."""
        for _turn in range(_KEPT_FOR):
            self._compiler.compile(input=b"", format="pdf")


class Printer:
    """Prints for a whole worker: `folder` has an office's templates, to `public_url` QR codes lead."""

    def __init__(self, folder: Path | None, public_url: str) -> None:
        self._folder, self._public_url = folder, public_url
        self._turns, self._long_turn = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(1)
        self._idle: list[Press] = []

    async def pdf(self, make: Callable[[], tuple[str, Unit, Mapping[str, Any]]], *, long: bool = False) -> bytes:
        """The slip that `make` gives the template's name, the unit and the content of, made and set in a thread.

        `long`: it has many pages, and never takes the last turn from somebody at a counter. Raises what `make` raises,
        and Unavailable `slip_template`.
        """
        async with self._long_turn if long else nullcontext(), self._turns:
            return await asyncio.to_thread(self._printed, make)

    def _printed(self, make: Callable[[], tuple[str, Unit, Mapping[str, Any]]]) -> bytes:
        name, unit, content = make()
        press = self._idle.pop() if self._idle else Press()
        try:
            templates = templates_in(self._folder)
            return press.pdf(templates, templates.path_of(name, unit), with_drawings(content, self._public_url))
        finally:
            self._idle.append(press)


def with_drawings(content: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """The content with the codes of its dossier drawn; that of a register has none."""
    if "code" not in content:
        return dict(content)
    code = content["code"]
    address = f"{public_url.rstrip('/')}/d/{quote(code)}" if public_url else None
    # Without a public address the code alone: the look-up page reads it too.
    return {**content, "address": address, "drawings": {"qr": qr_code(address or code), "code_128": code_128(code)}}


@cache
def _fonts() -> Fonts:
    return Fonts(include_system_fonts=False)


def _told(error: TypstError) -> str:
    """The message with its place, without the paths of this machine."""
    where = re.search(r"┌─ (\S+?):(\d+):\d+", error.diagnostic or "")
    place = f" ({where[1].rpartition('templates/')[2]}, line {where[2]})" if where else ""
    message = error.message.replace(f"{ROOT}/", "").replace(str(ROOT), "")
    return f"{' '.join(message.split())[:_LONGEST_DETAIL]}{place}"
