"""Answers with irregularities: peers, texts, formats, pages, permissions and refusals."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.localtime import TZ
from app.statistics.irregularities.counts import dense
from app.statistics.irregularities.definitions import Irregularity, Thresholds
from app.statistics.irregularities.texts import text_of
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.csv_answers import csv_lines

PATTERNS = "/api/v1/statistics/patterns"
BEHIND = f"{PATTERNS}/dossiers"
AUGUST = {"by": "commune", "from": "2021-08-01", "to": "2021-08-31"}
# The pattern of a finish within the minute of the receipt.
AT_ONCE = "finished_at_once"


@pytest.fixture
def codes(app_client: Client) -> list[str]:
    """Three finishes of Trà My, two of them at once; one of Trà Sơn, not at once; one of Trà Bui, at once."""
    token = app_client.token("supervisor")
    begun = app_client.now
    made = []
    for unit, pause in (("20899", 0), ("20899", 60), ("20899", 61), ("20900", 3600), ("20908", 0)):
        app_client.now = begun
        code = received(app_client, token, receiving_unit=unit)["code"]
        app_client.now = begun + timedelta(seconds=pause)
        act(app_client, token, code, "finish", outcome="granted")
        made.append(code)
    app_client.now = begun + timedelta(days=1)
    return made


def asked(client: Client, token: str, path: str = PATTERNS, **parameters: Any) -> Any:
    return client.get(path, params={**AUGUST, **parameters}, token=token)


def at_once(row: dict[str, Any]) -> dict[str, Any]:
    (match,) = [share for share in row["patterns"] if share["pattern"] == AT_ONCE]
    return dict(match)


def rate(value: float | None, numerator: int, denominator: int) -> dict[str, Any]:
    return {"value": value, "numerator": numerator, "denominator": denominator}


def test_peers_are_all_other_units_of_the_kind_under_any_filter(app_client: Client, codes: list[str]) -> None:
    answer = asked(app_client, app_client.token("reporter")).json()
    rows = {row["key"]: at_once(row) for row in answer["rows"]}
    assert rows["20899"]["share"] == rate(0.6666, 2, 3)
    assert rows["20899"]["peers"] == rate(0.5, 1, 2)
    assert rows["20900"]["peers"] == rate(0.75, 3, 4)
    assert rows["20902"]["share"] == rate(None, 0, 0)
    assert rows["20902"]["peers"] == rate(0.6, 3, 5)
    assert (at_once(answer["total"])["share"], at_once(answer["total"])["peers"]) == (rate(0.6, 3, 5), None)

    alone = asked(app_client, app_client.token("supervisor", "20899"), unit="20899").json()
    assert [at_once(row)["peers"] for row in alone["rows"]] == [rate(0.5, 1, 2)]
    assert at_once(alone["total"])["share"] == rate(0.6666, 2, 3)


def test_one_other_unit_alone_is_no_peers(app_client: Client) -> None:
    token = app_client.token("supervisor")
    for unit in ("20899", "20900"):
        act(app_client, token, received(app_client, token, receiving_unit=unit)["code"], "finish", outcome="granted")
    rows = {row["key"]: at_once(row) for row in asked(app_client, token).json()["rows"]}
    assert (rows["20899"]["peers"], rows["20902"]["peers"]) == (None, rate(1.0, 2, 2))


def test_the_dossiers_behind_come_in_order_page_by_page(app_client: Client, codes: list[str]) -> None:
    token, cursor = app_client.token("reporter"), None
    pages: list[list[str]] = []
    while not pages or cursor:
        more: dict[str, str] = {"cursor": cursor} if cursor else {}
        answer = asked(app_client, token, BEHIND, pattern=AT_ONCE, limit=2, **more).json()
        assert answer["count"] == 3
        pages.append([item["code"] for item in answer["items"]])
        cursor = answer["next_cursor"]
    assert pages == [[codes[0], codes[4]], [codes[1]]]
    row = next(row["id"] for row in asked(app_client, token).json()["rows"] if row["key"] == "20899")
    opened = asked(app_client, token, BEHIND, pattern=AT_ONCE, row=row).json()
    assert [item["code"] for item in opened["items"]] == [codes[0], codes[1]]


def test_a_table_has_a_line_for_each_unit_and_pattern(app_client: Client, codes: list[str]) -> None:
    token = app_client.token("reporter")
    by_path = app_client.get(f"{PATTERNS}.csv", params=AUGUST, token=token)
    by_accept = app_client.get(PATTERNS, params=AUGUST, token=token, headers={"Accept": "text/csv"})
    assert by_path.content == by_accept.content
    lines = csv_lines(by_path)
    assert len(lines) == 14 * len(Irregularity)
    (line,) = [line for line in lines if (line["key"], line["pattern"]) == ("20899", AT_ONCE)]
    assert (line["share_numerator"], line["share_denominator"], line["peers_value"]) == ("2", "3", "0.5")
    assert line["pattern_name"] == "Tiếp nhận và có kết quả trong một phút"


def test_patterns_are_described_in_both_languages_with_their_thresholds(app_client: Client) -> None:
    token = app_client.token("reporter")
    for language, words in (("vi", "từ 7 hồ sơ trở lên trong vòng 3 phút"), ("en", "at least 7 within 3 minutes")):
        parameters = {**AUGUST, "bulk_finishes": 7, "bulk_minutes": 3}
        answer = app_client.get(PATTERNS, params=parameters, token=token, headers={"Accept-Language": language}).json()
        assert [definition["pattern"] for definition in answer["patterns"]] == list(Irregularity)
        assert words in answer["patterns"][0]["definition"]


def test_every_pattern_has_its_words_in_both_languages() -> None:
    words = [
        text_of(irregularity, Thresholds(1, 2, 3, 4), language)
        for language in ("vi", "en")
        for irregularity in Irregularity
    ]
    assert all(part.strip() and "{" not in part for text in words for part in text)
    assert len({text.name for text in words}) == 2 * len(Irregularity)


def test_a_past_period_stays_the_same_and_dates_a_change(app_client: Client, codes: list[str]) -> None:
    token, week = app_client.token("supervisor"), {"to": "2021-08-16"}
    before = asked(app_client, token, **week)
    app_client.now = datetime(2021, 8, 20, 9, tzinfo=TZ)
    assert asked(app_client, token, **week).json() == before.json()
    changes = {"at": "2021-08-16T08:30:30+07:00"}
    corrected(app_client, token, codes[2], sequence=2, changes=changes)
    after = asked(app_client, token, **week).json()
    assert (before.json()["changed_since"], after["changed_since"]) == (None, "2021-08-20T09:00:00+07:00")
    assert at_once(after["total"])["share"] == rate(0.8, 4, 5)


def test_an_answer_is_private_and_has_nothing_personal(app_client: Client, codes: list[str]) -> None:
    token = app_client.token("reporter")
    for path, more in ((PATTERNS, {}), (BEHIND, {"pattern": AT_ONCE})):
        answer = asked(app_client, token, path, **more)
        assert answer.headers["cache-control"] == "private, no-store"
        again = app_client.get(
            path, params={**AUGUST, **more}, token=token, headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
        for personal in ("Nguyễn Thị Hoa", "049185001234", "0905123456", "Trần Văn Minh", "Đăng ký giám hộ"):
            assert personal not in answer.text


def test_a_token_opens_the_patterns_of_its_own_units_only(app_client: Client) -> None:
    token = app_client.token("supervisor", "20899")
    for path, more in ((PATTERNS, {}), (PATTERNS, {"unit": "20900"}), (BEHIND, {"pattern": AT_ONCE})):
        refused = asked(app_client, token, path, **more)
        assert (refused.status_code, refused.json()["code"]) == (403, "figures_of_other_units")
    for role in ("clerk", "officer"):
        refused = asked(app_client, app_client.token(role, "20899"), unit="20899")
        assert (refused.status_code, refused.json()["code"]) == (403, "role_may_not")


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"pattern": "cheating"}, 422, "invalid"),
        ({}, 422, "invalid"),
        ({"pattern": AT_ONCE, "row": "999999"}, 422, "unknown_row"),
        ({"pattern": AT_ONCE, "by": "field"}, 422, "invalid"),
        ({"pattern": AT_ONCE, "basis": "receiving"}, 422, "unknown_parameter"),
        ({"pattern": AT_ONCE, "bulk_finishes": "1"}, 422, "invalid"),
        ({"pattern": AT_ONCE, "unreturned_days": "251"}, 422, "invalid"),
        ({"pattern": AT_ONCE, "from": "2016-01-01"}, 422, "period_too_long"),
        ({"pattern": AT_ONCE, "from": "2021-09-01", "to": "2021-08-01"}, 422, "period_invalid"),
        ({"pattern": AT_ONCE, "cursor": "bm9uZQ"}, 400, "bad_cursor"),
        ({"pattern": AT_ONCE, "cursor": "WyJyZWNlaXZlZCIsbnVsbCwxLDFd"}, 400, "bad_cursor"),
    ],
)
def test_wrong_input_is_refused_by_name(app_client: Client, parameters: dict[str, str], status: int, code: str) -> None:
    refused = asked(app_client, app_client.token("reporter"), BEHIND, **parameters)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text


@pytest.mark.parametrize(
    ("minutes", "fits"),
    [
        ([], []),
        ([0], [False]),
        ([0, 10, 20], [False, False, False]),
        ([0, 5, 10], [True, True, True]),
        ([0, 9, 10, 11, 12, 30], [True, True, True, True, True, False]),
        ([0, 1, 2, 50, 90, 91, 92, 92], [True, True, True, False, True, True, True, True]),
    ],
)
def test_instants_are_dense_if_three_are_within_ten_minutes(minutes: list[int], fits: list[bool]) -> None:
    times = [datetime(2021, 8, 16, tzinfo=TZ) + timedelta(minutes=minute) for minute in minutes]
    assert dense(times, 3, timedelta(minutes=10)) == fits
