"""Every code of a problem or of a field has a text in both languages, and every text has a code."""

import re

from app.http.field_errors import TEXTS
from app.http.messages import TITLES
from tests.docs.errors_page import field_codes, raised_codes


def test_every_code_that_is_raised_has_a_title_and_every_title_a_code() -> None:
    raised = raised_codes()
    assert "before_last_event" in raised
    assert sorted(raised.keys() - TITLES.keys()) == [], "raised, but without a title in app/http/messages.py"
    assert sorted(TITLES.keys() - raised.keys()) == [], "in app/http/messages.py, but never raised"


def test_the_titles_are_sorted_and_named_like_codes() -> None:
    assert list(TITLES) == sorted(TITLES)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in TITLES)


def test_every_code_of_a_field_has_both_languages_and_every_text_a_code() -> None:
    codes = field_codes()
    assert {"required", "refusal_reason_missing", "unknown_member", "offset_missing"} <= codes
    assert sorted(codes - TEXTS.keys() - TITLES.keys()) == [], "raised, but without a text in app/http/field_errors.py"
    assert sorted(TEXTS.keys() - codes) == ["invalid"], "only the code of all other errors is raised by no name"
    assert list(TEXTS) == sorted(TEXTS)
    for code, text in {**TITLES, **TEXTS}.items():
        assert text.vi.strip(), code
        assert text.en.strip(), code
        assert not text.vi.isascii(), f"{code}: {text.vi} is no Vietnamese"
        assert text.en.isascii(), f"{code}: {text.en} is no English"
