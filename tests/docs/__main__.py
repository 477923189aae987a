"""Writes the pages that are made from the code: `python -m tests.docs`."""

from tests.docs.made_pages import MADE_PAGES

for path, page in MADE_PAGES.items():
    path.write_text(page(), encoding="utf-8")
