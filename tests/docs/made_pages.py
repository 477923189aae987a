"""Lists the pages of `docs/` that are made from the code."""

from collections.abc import Callable
from pathlib import Path

from tests.docs import commands_page, errors_page, settings_page, verification_page

DOCS = Path(__file__).resolve().parents[2] / "docs"

MADE_PAGES: dict[Path, Callable[[], str]] = {
    DOCS / "commands.md": commands_page.page,
    DOCS / "errors.md": errors_page.page,
    DOCS / "settings.md": settings_page.page,
    DOCS / "verification.md": verification_page.page,
}
