"""Pages that are made from the code are up to date."""

from pathlib import Path

import pytest

from tests.docs import settings_page
from tests.docs.made_pages import MADE_PAGES


@pytest.mark.parametrize("path", MADE_PAGES, ids=lambda path: path.name)
def test_the_page_agrees_with_the_code(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == MADE_PAGES[path](), "run `python -m tests.docs`"


def test_the_page_of_settings_shows_defaults_ranges_and_choices() -> None:
    page = settings_page.page()
    assert "| `MOTCUA_POOL_SIZE` | `8` | from 1 to 100 | connections to PostgreSQL per worker |" in page
    assert "| `MOTCUA_LOG_FORMAT` | `json` | `json`, `text` |" in page
    assert "| `MOTCUA_ACCESS_LOG` | `true` | `true`, `false` |" in page
    assert "| `MOTCUA_KEYS` | |" in page


def test_a_variable_of_compose_without_a_meaning_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compose = tmp_path / "docker-compose.yml"
    compose.write_text('command: ["${MOTCUA_NOVEL:-1}"]\n', encoding="utf-8")
    monkeypatch.setattr(settings_page, "COMPOSE_FILE", compose)
    with pytest.raises(LookupError, match="MOTCUA_NOVEL"):
        settings_page.page()
