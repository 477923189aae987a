"""Checks the templates of an office: renders each with sample data, complete and minimal, on each paper size."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from app.domain.errors import Unavailable
from app.slips.forms import REGISTER, TEMPLATES
from app.slips.print_job import Content
from app.slips.rendering import Press, with_drawings
from app.slips.templates import Templates, templates_in

_SAMPLES = Path(__file__).parent / "data" / "samples.json"
# Lines that fill more than one page of either size.
_MANY = 14


def failures_in(folder: Path | None) -> Iterator[tuple[str, str | None]]:
    """Path and error (or None) of each template in the folder and the package.

    Raises Unavailable `slip_template` if the folder as a whole is unusable.
    """
    templates, press = templates_in(folder), Press()
    for path in sorted(templates.files):
        name = PurePosixPath(path)
        if name.suffix == ".typ" and name.stem in TEMPLATES:
            yield path, _failure(press, templates, path, name.stem)


def samples_of(name: str) -> list[Content]:
    """Sample contents of a template on each paper size: complete, minimal, and several pages long."""
    samples: list[dict[str, Any]] = json.loads(_SAMPLES.read_text(encoding="utf-8"))[name]
    papers = ("a4",) if name == REGISTER else ("a4", "a5")
    long = [
        {**sample, key: sample[key] * _MANY}
        for sample in samples
        for key in ("papers", "hand_offs", "rows")
        if sample.get(key)
    ]
    return [{**with_drawings(sample, ""), "paper": paper} for sample in (*samples, *long) for paper in papers]


def _failure(press: Press, templates: Templates, path: str, name: str) -> str | None:
    try:
        for sample in samples_of(name):
            press.pdf(templates, path, sample)
    except Unavailable as failure:
        return failure.detail
    return None
