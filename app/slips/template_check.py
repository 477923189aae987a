"""Tries the templates of an office: each is set with sample data, full and bare, on each size of paper."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from app.domain.errors import Unavailable
from app.slips.forms import REGISTER, TEMPLATES
from app.slips.rendering import Press, with_drawings
from app.slips.templates import Templates, templates_in

_SAMPLES = Path(__file__).parent / "data" / "samples.json"
# A bundle of papers that fills more than one page of either size.
_MANY = 14


def failures_in(folder: Path | None) -> Iterator[tuple[str, str | None]]:
    """Each template of the folder and of the package, by its path, with what fails of it or None.

    Raises Unavailable `slip_template` where the folder as a whole cannot be used.
    """
    templates, press = templates_in(folder), Press()
    for path in sorted(templates.files):
        name = PurePosixPath(path)
        if name.suffix == ".typ" and name.stem in TEMPLATES:
            yield path, _failure(press, templates, path, name.stem)


def samples_of(name: str) -> list[dict[str, Any]]:
    """What a template may be given: all that there can be, the least, and on several pages."""
    samples: list[dict[str, Any]] = json.loads(_SAMPLES.read_text(encoding="utf-8"))[name]
    papers = ("a4",) if name == REGISTER else ("a4", "a5")
    several = [
        {**one, key: one[key] * _MANY} for one in samples for key in ("papers", "hand_offs", "rows") if one.get(key)
    ]
    return [{**with_drawings(one, ""), "paper": paper} for one in (*samples, *several) for paper in papers]


def _failure(press: Press, templates: Templates, path: str, name: str) -> str | None:
    try:
        for sample in samples_of(name):
            press.pdf(templates, path, sample)
    except Unavailable as failure:
        return failure.detail
    return None
