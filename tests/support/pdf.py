"""Reads PDF files: their text, pages, sizes and fonts."""

import io
from collections.abc import Iterator
from typing import Any

import pypdf
import pypdfium2


def pages(pdf: bytes) -> list[str]:
    """The copied text of each page, with single spaces."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def text(pdf: bytes) -> str:
    """The text of all pages."""
    return " ".join(pages(pdf))


def unspaced(given: str) -> str:
    """The text without white space, because the copy of a broken long word has a line break."""
    return "".join(given.split())


def fonts(pdf: bytes) -> Iterator[tuple[str, bool]]:
    """The fonts of all pages, each with True if the file contains it."""
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        for reference in resources.get("/Font", {}).values():
            font = reference.get_object()
            for descendant in font.get("/DescendantFonts", [font]):
                descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                yield str(descriptor["/FontName"]), any(f"/FontFile{n}" in descriptor for n in ("", 2, 3))


def sizes(pdf: bytes) -> set[tuple[int, int]]:
    """Width and height of the pages in whole millimetres."""
    return {
        (round(float(page.mediabox.width) / 72 * 25.4), round(float(page.mediabox.height) / 72 * 25.4))
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    }


def outside(pdf: bytes, margin: float = 20) -> list[str]:
    """The characters closer than `margin` points to an edge of their page, or beyond it."""
    characters = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        width, height = page.get_size()
        signs = page.get_textpage()
        for number in range(signs.count_chars()):
            left, bottom, right, top = signs.get_charbox(number)
            if right > left and not (margin <= left and right <= width - margin and margin <= bottom <= top <= height):
                characters.append(signs.get_text_range(number, 1))
        signs.close()
        page.close()
    document.close()
    return characters
