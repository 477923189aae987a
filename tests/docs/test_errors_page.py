from app.http.field_errors import TEXTS
from app.http.messages import TITLES
from tests.docs.errors_page import PAGE, field_codes, page, raised_codes

import re

from app.http.field_errors import TEXTS
from app.http.messages import TITLES
from app.http.field_errors import TEXTS
from app.http.messages import TITLES
from tests.docs.errors_page import PAGE, field_codes, page, raised_codes


def test_every_code_that_is_raised_has_a_title_and_every_title_a_code() -> None:
    raised = raised_codes()
    assert "before_last_event" in raised
    assert sorted(raised.keys() - TITLES.keys()) == [], "raised, but without a title in app/http/messages.py"
    assert sorted(TITLES.keys() - raised.keys()) == [], "in app/http/messages.py, but never raised"


def test_the_titles_are_sorted_and_named_like_codes() -> None:
    assert list(TITLES) == sorted(TITLES)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in TITLES)
from app.http.field_errors import TEXTS
from app.http.messages import TITLES
from tests.docs.errors_page import PAGE, field_codes, page, raised_codes
