"""Renders slips as PDF with Typst, a few at a time in threads. The same slip gives the same bytes."""

import asyncio
import re
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from urllib.parse import quote

from typst import Compiler, Fonts, TypstError

from app.slips.barcodes import code_128, qr_code
from app.slips.print_job import Content, PrintJob, as_json
from app.slips.templates import ROOT, Templates, template_error, templates_in

# Rendering occupies a core for some milliseconds, so more threads would only share the cores.
_AT_ONCE = 2
_LONGEST_DETAIL = 600
# Compilations for which Typst caches its results.
_CACHED_FOR = 11
_LARGE = 300_000


class Press:
    """One compiler, for one thread at a time. Its caches of fonts and templates make the next slip faster."""

    def __init__(self) -> None:
        # Independent of the machine: without its fonts, and without packages that were downloaded before.
        self._compiler = Compiler(
            root=ROOT, font_paths=_fonts(), ignore_system_fonts=True, package_path=ROOT, package_cache_path=ROOT
        )

    def pdf(self, templates: Templates, path: str, content: Content) -> bytes:
        """The content rendered by the template at `path`. Raises Unavailable `slip_template` if the template fails."""
        files = {**templates.files, "main.typ": f'#include "/{path}"'.encode()}
        try:
            pdf = self._compiler.compile(
                input=files,  # type: ignore[type-var]  # a dictionary of files is allowed too
                format="pdf",
                sys_inputs={"slip": as_json(content)},
            )
        except TypstError as error:
            raise template_error(f"The template {path} fails: {_message(error)}") from None
        assert isinstance(pdf, bytes)
        if len(pdf) > _LARGE:
            self._clear_cache()
        return pdf

    def _clear_cache(self) -> None:
        """Drops cached results of a long paper: ten registers of 500 dossiers would need 850 MB, one needs 180."""
        for _turn in range(_CACHED_FOR):
            self._compiler.compile(input=b"", format="pdf")


class Printer:
    """Prints for a whole worker. `folder`: an office's own templates; `public_url`: the base address of QR codes."""

    def __init__(self, folder: Path | None, public_url: str) -> None:
        self._folder, self._public_url = folder, public_url
        self._turns, self._long_turn = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(1)
        self._idle: list[Press] = []

    async def pdf(self, make: Callable[[], PrintJob], *, long: bool = False) -> bytes:
        """The PDF of the job that `make` returns. A thread makes the job and renders it.

        `long`: for papers of many pages, which never take the last turn, so that slips at a counter do not wait. Raises
        the errors of `make`, and Unavailable `slip_template`.
        """
        async with self._long_turn if long else nullcontext(), self._turns:
            return await asyncio.to_thread(self._print, make)

    def _print(self, make: Callable[[], PrintJob]) -> bytes:
        job = make()
        press = self._idle.pop() if self._idle else Press()
        try:
            templates = templates_in(self._folder)
            path = templates.path_of(job.template, job.unit)
            return press.pdf(templates, path, with_drawings(job.content, self._public_url))
        finally:
            self._idle.append(press)


def with_drawings(content: Content, public_url: str) -> Content:
    """The content with the drawn codes of its dossier. A register has none.

    The QR code opens the page of the dossier with the key of the slip, if the content has it (rules §20).
    """
    if "code" not in content:
        return content
    code = content["code"]
    address = f"{public_url.rstrip('/')}/d/{quote(code)}" if public_url else None
    # The look-up page also reads a QR code of the dossier's code alone.
    key = content.get("qr_key")
    opened = f"{address}?key={key}" if address and key else address
    return {**content, "address": address, "drawings": {"qr": qr_code(opened or code), "code_128": code_128(code)}}


@cache
def _fonts() -> Fonts:
    return Fonts(include_system_fonts=False)


def _message(error: TypstError) -> str:
    """The message with file and line, without absolute paths."""
    where = re.search(r"┌─ (\S+?):(\d+):\d+", error.diagnostic or "")
    place = f" ({where[1].rpartition('templates/')[2]}, line {where[2]})" if where else ""
    message = error.message.replace(f"{ROOT}/", "").replace(str(ROOT), "")
    return f"{' '.join(message.split())[:_LONGEST_DETAIL]}{place}"
