"""Trend and lead time over HTTP: months that add up, worked examples of the time taken, and refusals."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from app.domain.localtime import TZ
from app.statistics.trends.lead_time import hint
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.csv_answers import csv_lines

TREND, LEAD_TIME = "/api/v1/statistics/trend", "/api/v1/statistics/lead-time"
ON_TIME = "/api/v1/statistics/on-time"
GUARDIANSHIP, SAME_DAY = "1.004837", "1.001193"
SAME_FIGURES = (
    "received",
    "carried_over",
    "moved_in",
    "finished",
    "withdrawn",
    "discontinued",
    "moved_out",
    "open",
    "rate_of_finished",
    "rate_of_due",
)
NOTHING = {"median": None, "percentile_90": None, "mean": None}
UNBOUNDED = 2


def at(month: int, day: int, year: int = 2021) -> datetime:
    """Nine in the morning of a day, at the counter."""
    return datetime(year, month, day, 9, tzinfo=TZ)


AUGUST_16 = at(8, 16)  # a Monday


class Counter:
    """The counter of Trà My: it receives and finishes dossiers as days pass."""

    def __init__(self, client: Client, unit: str = "515") -> None:
        self._client = client
        self._token = client.token("supervisor", unit)

    def receive(self, when: datetime, **changes: Any) -> str:
        self._client.now = when
        return str(received(self._client, self._token, at=when.isoformat(), **changes)["code"])

    def do(self, when: datetime, code: str, action: str, **body: Any) -> None:
        self._client.now = when
        act(self._client, self._token, code, action, **body)

    def correct(self, when: datetime, code: str, **body: Any) -> None:
        self._client.now = when
        corrected(self._client, self._token, code, **body)

    def finish(self, when: datetime, code: str) -> None:
        self.do(when, code, "finish", outcome="granted")

    def took(self, begin: datetime, end: datetime, **changes: Any) -> None:
        """A dossier that is received and finished, without other events."""
        self.finish(end, self.receive(begin, **changes))

    def waited(self, begin: datetime, since: datetime, until: datetime, end: datetime, **changes: Any) -> None:
        """A dossier that waits for papers in between."""
        code = self.receive(begin, **changes)
        self.do(since, code, "request-supplement", reason="thiếu tờ khai")
        self.do(until, code, "supplement")
        self.finish(end, code)


@pytest.fixture
def counter(app_client: Client) -> Counter:
    return Counter(app_client)


def asked(client: Client, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def trend(client: Client, **parameters: Any) -> dict[str, Any]:
    return asked(client, TREND, **{"by": "commune", **parameters})


def lead_time(client: Client, **parameters: Any) -> dict[str, Any]:
    """The lead time, by default in days 0, 1, …, 9, and ten and more."""
    return asked(client, LEAD_TIME, **{"longest": 10, **parameters})


def row(content: dict[str, Any], key: str) -> dict[str, Any]:
    (match,) = [entry for entry in content["rows"] if entry["key"] == key]
    return dict(match)


def histogram(**days: int) -> list[int]:
    """Ten days, and the rest; `d3=2`: two took three days."""
    return [days.get(f"d{day}", 0) for day in range(11)]


def procedure(client: Client, policy: str = "exclude", limit: dict[str, Any] | None = None, **more: Any) -> str:
    """The code of a new procedure of three working days, or of another limit."""
    limits = limit or {"amount": 3, "unit": "working_day"}
    version = {"effective_from": "2018-01-01", "limits": limits, "clock_policy": policy, **more}
    body = {"code": "8.000001", "name": "Cấp bản sao", "field": "Văn thư", "level": "commune"}
    answer = client.post(
        "/api/v1/procedures",
        {**body, "catalogue": UNBOUNDED, "versions": [version]},
        token=client.token("administrator"),
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


# --- Trend ------------------------------------------------------------------------------------------------------------


def test_each_month_is_a_period_of_its_own(app_client: Client, counter: Counter) -> None:
    early, late = counter.receive(AUGUST_16), counter.receive(AUGUST_16)
    counter.finish(at(8, 18), early)
    counter.finish(at(9, 6), late)
    counter.receive(at(9, 8))
    app_client.now = at(9, 10)
    content = trend(app_client, **{"from": "2021-07-15", "to": "2021-12-31"})
    july, august, september = row(content, "20899")["months"]

    assert (content["from"], content["to"], content["as_of"]) == (
        "2021-07-15",
        "2021-12-31",
        "2021-09-10T09:00:00+07:00",
    )
    assert [(month["month"], month["from"], month["to"]) for month in (july, august, september)] == [
        ("2021-07", "2021-07-15", "2021-07-31"),
        ("2021-08", "2021-08-01", "2021-08-31"),
        ("2021-09", "2021-09-01", "2021-09-10"),
    ]
    assert july["rate_of_finished"] == july["rate_of_due"] == {"value": None, "numerator": 0, "denominator": 0}
    assert august["received"] == {"total": 2, "counter": 2, "online": 0, "postal": 0}
    assert august["finished"] == {"total": 1, "early": 1, "on_time": 0, "late": 0}
    assert august["open"] == {"total": 1, "in_time": 0, "overdue": 1, "suspended": 0}
    assert august["rate_of_finished"] == {"value": 1.0, "numerator": 1, "denominator": 1}
    assert august["rate_of_due"] == {"value": 0.5, "numerator": 1, "denominator": 2}
    assert (september["carried_over"], september["received"]["total"]) == (1, 1)
    assert september["finished"] == {"total": 1, "early": 0, "on_time": 0, "late": 1}
    assert september["open"] == {"total": 1, "in_time": 1, "overdue": 0, "suspended": 0}
    assert september["rate_of_finished"] == {"value": 0.0, "numerator": 0, "denominator": 1}
    assert september["rate_of_due"] == {"value": 0.5, "numerator": 1, "denominator": 2}
    # Only dossiers of Trà My count.
    assert content["total"]["months"] == [july, august, september]


def some_months(counter: Counter) -> None:
    """Dossiers of all kinds of ends, one of them moved, over July, August and September."""
    moved, withdrawn, stopped = (
        counter.receive(at(7, 26), channel=channel) for channel in ("online", "counter", "postal")
    )
    counter.took(at(7, 28), at(7, 29))
    counter.took(at(7, 29), at(8, 10), procedure=SAME_DAY)
    counter.do(at(8, 16), moved, "transfer", to_unit="20902", reason="đúng thẩm quyền", legal_basis="QĐ 1")
    counter.do(at(8, 17), withdrawn, "withdraw", request="đơn xin rút")
    counter.do(at(8, 18), stopped, "discontinue", reason="không thực hiện nghĩa vụ", legal_basis="QĐ 2")
    counter.receive(at(8, 20))
    counter.finish(at(9, 8), moved)


def assert_as_on_time(client: Client, **parameters: str) -> int:
    """Checks each month against the on-time figures of its dates; returns the number of dossiers or steps."""
    content = trend(client, **{"from": "2021-07-01", "to": "2021-09-30", **parameters})
    seen = 0
    for number, month in enumerate(content["total"]["months"]):
        apart = asked(client, ON_TIME, **{"by": "commune", **parameters, "from": month["from"], "to": month["to"]})
        rows = {(entry["key"], entry["id"]): entry["months"][number] for entry in (*content["rows"], content["total"])}
        for figures in (*apart["rows"], apart["total"]):
            mine = rows[figures["key"], figures["id"]]
            assert {name: mine[name] for name in SAME_FIGURES} == {name: figures[name] for name in SAME_FIGURES}
            seen += figures["received"]["total"] + figures["carried_over"]
    return seen


@pytest.mark.parametrize("by", ["office", "commune", "unit", "field", "procedure", "channel", "level"])
def test_a_month_has_the_on_time_figures_of_its_dates(app_client: Client, counter: Counter, by: str) -> None:
    some_months(counter)
    assert (assert_as_on_time(app_client, by=by) > 0) == (by != "office")


def test_steps_have_a_trend_too(app_client: Client, counter: Counter) -> None:
    route = [
        {"unit": "receiving", "name": "Tiếp nhận", "limit": {"amount": 1, "unit": "working_day"}},
        {"unit": "20902", "name": "Giải quyết", "limit": {"amount": 2, "unit": "working_day"}},
    ]
    code = procedure(app_client, route=route)
    dossier = counter.receive(at(7, 29), procedure=code)
    counter.do(at(7, 30), dossier, "forward", to_unit="20902")
    counter.finish(at(8, 4), dossier)
    assert assert_as_on_time(app_client, basis="step") > 0
    july, august = row(trend(app_client, basis="step", **{"from": "2021-07-01"}), "20902")["months"]
    assert (july["received"]["total"], july["open"]["total"]) == (1, 1)
    assert (august["carried_over"], august["finished"]["late"]) == (1, 1)


@pytest.mark.parametrize("filters", [{}, {"unit": "20899"}, {"channel": "online"}, {"basis": "receiving"}])
def test_each_month_adds_up(app_client: Client, counter: Counter, filters: dict[str, str]) -> None:
    some_months(counter)
    content = trend(app_client, **{"from": "2021-07-01", "to": "2021-09-30", **filters})
    months = [month for entry in (*content["rows"], content["total"]) for month in entry["months"]]
    for month in months:
        came = month["received"]["total"] + month["carried_over"] + month["moved_in"]
        ended = sum(month[name]["total"] for name in ("finished", "withdrawn", "discontinued", "open"))
        assert came == ended + month["moved_out"]
    assert any(month["received"]["total"] for month in months)


def test_units_of_the_kind_have_a_row_also_without_a_dossier(app_client: Client) -> None:
    content = trend(app_client, **{"from": "2021-08-01", "to": "2021-08-16"})
    assert len(content["rows"]) == 13
    assert all(month["received"]["total"] == 0 for entry in content["rows"] for month in entry["months"])
    assert asked(app_client, TREND)["by"] == "office"
    assert [entry["key"] for entry in trend(app_client, by="channel")["rows"]] == ["counter", "online", "postal"]
    assert trend(app_client, by="procedure")["rows"] == []


def test_a_correction_changes_its_month_and_is_dated(app_client: Client, counter: Counter) -> None:
    code = counter.receive(at(7, 26))
    past = {"from": "2021-07-01", "to": "2021-07-31"}
    app_client.now = AUGUST_16
    assert trend(app_client, **past)["changed_since"] is None
    counter.correct(at(8, 17), code, sequence=1, changes={"channel": "online"})
    content = trend(app_client, **past)
    assert content["changed_since"] == "2021-08-17T09:00:00+07:00"
    assert content["total"]["months"][0]["received"]["online"] == 1


def test_a_trend_as_a_table_has_a_line_for_each_row_and_month(app_client: Client, counter: Counter) -> None:
    counter.took(at(7, 28), at(8, 2))
    app_client.now = AUGUST_16
    answer = app_client.get(
        TREND, params={"by": "commune", "from": "2021-07-01"}, headers={"Accept": "text/csv", "Accept-Language": "en"}
    )
    lines = csv_lines(answer)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert len(lines) == 2 * (13 + 1)
    assert [(line["key"], line["month"], line["from"], line["to"]) for line in lines[:2]] == [
        ("20899", "2021-07", "2021-07-01", "2021-07-31"),
        ("20899", "2021-08", "2021-08-01", "2021-08-16"),
    ]
    july, august = lines[-2:]
    assert (july["name"], july["received_total"], july["open_total"], july["rate_of_finished_value"]) == (
        "Total",
        "1",
        "1",
        "",
    )
    assert (august["carried_over"], august["finished_on_time"], august["rate_of_finished_value"]) == ("1", "1", "1.0")


# --- Lead time: worked examples -----------------------------------------------------------------------------------


def test_the_time_taken_is_counted_in_working_days_after_the_receipt(app_client: Client, counter: Counter) -> None:
    counter.took(AUGUST_16, AUGUST_16)  # 0
    counter.took(AUGUST_16, at(8, 18))  # 17, 18
    counter.took(AUGUST_16, at(8, 23))  # 17 to 20, 23: the weekend is not worked
    counter.took(AUGUST_16, at(9, 6))  # 17 to 20, 23 to 27, 30 to 1 September, 6: two days off for the National Day
    figures = row(lead_time(app_client), GUARDIANSHIP)

    assert (figures["name"], figures["number"], figures["suspended"]) == ("Thủ tục đăng ký giám hộ", 4, 0)
    assert figures["gross"] == {
        "median": 2,
        "percentile_90": 13,
        "mean": 5.0,
        "histogram": [1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1],
    }
    assert figures["net"] == figures["gross"]
    # Of a limit of three working days: 0, 2/3, 5/3 and 13/3.
    assert figures["share_of_limit"] == {
        "number": 4,
        "median": 0.6666,
        "percentile_90": 4.3333,
        "classes": {"up_to_25": 1, "up_to_50": 0, "up_to_75": 1, "up_to_100": 0, "over_100": 2},
        "unmeasured": {"same_day": 0, "working_hour": 0},
        "hint": None,
    }


def test_the_holidays_of_tet_are_no_working_days(app_client: Client, counter: Counter) -> None:
    # 10, 11, 12, 15 and 16 February 2021 were days off: the 9th, 17th and 18th are left.
    counter.took(at(2, 8), at(2, 18))
    assert lead_time(app_client)["total"]["gross"]["histogram"] == histogram(d3=1)


def test_a_make_up_saturday_is_a_working_day(app_client: Client, counter: Counter) -> None:
    # Saturday 4 May 2019 was worked for Monday 29 April, which was off; Tuesday and Wednesday were holidays.
    counter.took(at(4, 26, 2019), at(5, 4, 2019))
    counter.took(at(5, 3, 2019), at(5, 6, 2019))
    # The 2nd, 3rd and 4th; and the 4th and 6th.
    assert lead_time(app_client)["total"]["gross"]["histogram"] == histogram(d2=1, d3=1)


@pytest.mark.parametrize("policy", ["exclude", "restart", "run"])
def test_suspended_days_are_not_net_under_any_policy(app_client: Client, counter: Counter, policy: str) -> None:
    code = procedure(app_client, policy)
    # 17 to 20 and 23 August; waiting from the 17th to the 20th takes the 18th, 19th and 20th.
    counter.waited(AUGUST_16, at(8, 17), at(8, 20), at(8, 23), procedure=code)
    figures = row(lead_time(app_client, min_volume=1), code)

    assert (figures["number"], figures["suspended"]) == (1, 1)
    assert figures["gross"] == {"median": 5, "percentile_90": 5, "mean": 5.0, "histogram": histogram(d5=1)}
    assert figures["net"] == {"median": 2, "percentile_90": 2, "mean": 2.0, "histogram": histogram(d2=1)}
    assert figures["share_of_limit"]["median"] == 0.6666
    assert figures["share_of_limit"]["classes"]["up_to_75"] == 1


def test_a_suspension_within_one_day_takes_nothing_away(app_client: Client, counter: Counter) -> None:
    counter.waited(AUGUST_16, at(8, 17), at(8, 17), at(8, 18))
    total = lead_time(app_client)["total"]
    assert (total["suspended"], total["net"]) == (1, total["gross"])


def test_a_dossier_refused_during_a_suspension_waited_until_then(app_client: Client, counter: Counter) -> None:
    code = counter.receive(AUGUST_16)
    counter.do(at(8, 17), code, "request-supplement", reason="thiếu tờ khai")
    counter.do(at(8, 24), code, "finish", outcome="refused", reason="không bổ sung")
    total = lead_time(app_client)["total"]
    # 17 to 20, 23 and 24 August; the applicant had all days but the first.
    assert (total["gross"]["histogram"], total["net"]["histogram"]) == (histogram(d6=1), histogram(d1=1))


@pytest.mark.parametrize(
    ("given", "end", "gross", "net"),
    [
        # Received on Wednesday, 5 August 2026; the clock starts with the first session after it was given.
        (at(8, 7, 2026), at(8, 12, 2026), 5, 3),
        (at(8, 5, 2026), at(8, 6, 2026), 1, 1),
        (datetime(2026, 8, 6, 16, 30, tzinfo=TZ), datetime(2026, 8, 6, 16, 40, tzinfo=TZ), 1, 0),  # before it starts
        (None, at(8, 10, 2026), 3, 0),  # refused where it was received
    ],
)
def test_a_dossier_for_another_area_is_net_from_the_start_of_its_clock(
    app_client: Client, given: datetime | None, end: datetime, gross: int, net: int
) -> None:
    counter = Counter(app_client, "48")
    area = {"receiving_unit": "20900", "responsible_unit": "20908"}
    code = counter.receive(at(8, 5, 2026), **area)
    if given is not None:
        counter.do(given, code, "forward", to_unit="20908")
    counter.do(end, code, "finish", outcome="refused", reason="không đủ điều kiện")
    figures = lead_time(app_client, **{"from": "2026-08-01", "to": "2026-08-31"})["total"]
    assert (figures["gross"]["median"], figures["net"]["median"]) == (gross, net)
    assert figures["share_of_limit"]["median"] == round(net / 3, 4)


def test_papers_asked_for_before_the_clock_of_another_area_started_take_nothing_away(app_client: Client) -> None:
    counter = Counter(app_client, "48")
    code = counter.receive(at(8, 5, 2026), receiving_unit="20900", responsible_unit="20908")
    counter.do(at(8, 5, 2026), code, "request-supplement", reason="thiếu tờ khai")
    counter.do(at(8, 7, 2026), code, "supplement")
    counter.do(at(8, 7, 2026), code, "forward", to_unit="20908")
    counter.finish(at(8, 12, 2026), code)
    figures = lead_time(app_client, **{"from": "2026-08-01", "to": "2026-08-31"})["total"]
    assert (figures["gross"]["median"], figures["net"]["median"]) == (5, 3)


def test_an_extension_makes_the_limit_longer(app_client: Client, counter: Counter) -> None:
    code = procedure(app_client, max_extension=5)
    dossier = counter.receive(AUGUST_16, procedure=code)
    counter.do(at(8, 17), dossier, "extend", days=3, legal_basis="QĐ 1")
    counter.finish(at(8, 19), dossier)
    figures = row(lead_time(app_client), code)
    # Three working days of three and three more.
    share = figures["share_of_limit"]
    assert (figures["suspended"], share["median"], share["classes"]["up_to_50"]) == (0, 0.5, 1)


def test_a_condition_makes_the_limit_longer(app_client: Client, counter: Counter) -> None:
    condition = {"code": "verification", "name": "Cần xác minh", "days": 3, "legal_basis": "Điều 7"}
    code = procedure(app_client, rules={"conditions": [condition]})
    dossier = counter.receive(AUGUST_16, procedure=code)
    counter.do(at(8, 17), dossier, "apply-condition", condition="verification", legal_basis="Điều 7")
    counter.finish(at(8, 19), dossier)
    # Three working days of three and three more.
    assert row(lead_time(app_client), code)["share_of_limit"]["median"] == 0.5


@pytest.mark.parametrize(
    ("limit", "extension", "share"),
    [
        # Until Thursday 26 August: 17 to 20, 23 to 26.
        ({"amount": 10, "unit": "calendar_day"}, 0, 0.25),
        # Until Saturday the 28th, so Monday the 30th: 27 and 30 more.
        ({"amount": 10, "unit": "calendar_day"}, 2, 0.2),
        # Until Thursday 16 September: 17 to 31 August are 11, 1 to 16 September without the 2nd and 3rd 10.
        ({"amount": 1, "unit": "month"}, 0, 0.0952),
    ],
)
def test_a_limit_in_calendar_days_is_as_long_as_its_working_days(
    app_client: Client, counter: Counter, limit: dict[str, Any], extension: int, share: float
) -> None:
    code = procedure(app_client, limit=limit, max_extension=5)
    dossier = counter.receive(AUGUST_16, procedure=code)
    if extension:
        counter.do(at(8, 17), dossier, "extend", days=extension, legal_basis="QĐ 1")
    counter.finish(at(8, 18), dossier)
    assert row(lead_time(app_client), code)["share_of_limit"]["median"] == share


@pytest.mark.parametrize(
    ("limit", "unmeasured"),
    [
        ({"amount": None, "unit": "same_day"}, {"same_day": 1, "working_hour": 0}),
        ({"amount": 4, "unit": "working_hour"}, {"same_day": 0, "working_hour": 1}),
    ],
)
def test_a_limit_without_whole_days_has_no_share(
    app_client: Client, counter: Counter, limit: dict[str, Any], unmeasured: dict[str, int]
) -> None:
    code = procedure(app_client, limit=limit)
    counter.took(AUGUST_16, at(8, 17), procedure=code)
    figures = row(lead_time(app_client, min_volume=1), code)
    assert figures["gross"]["histogram"] == histogram(d1=1)
    assert figures["share_of_limit"] == {
        "number": 0,
        "median": None,
        "percentile_90": None,
        "classes": {"up_to_25": 0, "up_to_50": 0, "up_to_75": 0, "up_to_100": 0, "over_100": 0},
        "unmeasured": unmeasured,
        "hint": None,
    }


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([17] * 10, "generous"),  # one of three days
        ([18] * 10, "fitting"),  # two
        ([17] * 9 + [23], "generous"),  # nine in ten are within a half
        ([19] * 8 + [20] * 2, "tight"),  # two in ten over
        ([19] * 5 + [20] * 5, "tight"),
        ([19] * 4 + [20] * 6, "impossible"),
        ([23] * 9, None),  # too few to say
    ],
)
def test_the_hint_names_generous_and_impossible_limits(
    app_client: Client, counter: Counter, days: list[int], said: str | None
) -> None:
    codes = [counter.receive(AUGUST_16) for _ in days]
    for day, code in zip(days, codes, strict=True):
        counter.finish(at(8, day), code)
    assert row(lead_time(app_client, min_volume=10), GUARDIANSHIP)["share_of_limit"]["hint"] == said


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"1/2": 9, "2": 1}, "generous"),  # nine in ten used a half, which is within it
        ({"1/2": 8, "51/100": 2}, "fitting"),
        ({"1": 9, "2": 1}, "fitting"),  # nine in ten used the whole limit, and no more
        ({"1": 8, "101/100": 2}, "tight"),
        ({"1": 5, "2": 5}, "tight"),
        ({"1": 4, "2": 6}, "impossible"),
        ({"1": 9}, None),
        ({}, None),
    ],
)
def test_a_share_on_a_bound_is_within_it(shares: dict[str, int], said: str | None) -> None:
    assert hint({Fraction(share): times for share, times in shares.items()}, 10) == said


# --- Lead time: units and dates ---------------------------------------------------------------------------------------


def test_only_dossiers_finished_in_the_period_are_measured(app_client: Client, counter: Counter) -> None:
    for day in (17, 18, 19):
        counter.took(AUGUST_16, at(8, day))
    counter.receive(at(8, 19))
    app_client.now = at(8, 27)
    totals = {day: lead_time(app_client, **{"from": "2021-08-18", "to": f"2021-08-{day}"})["total"] for day in (18, 31)}
    assert (totals[18]["gross"]["histogram"], totals[31]["number"]) == (histogram(d2=1), 2)
    # It was received before the period.
    assert lead_time(app_client, **{"from": "2021-08-19"})["total"]["gross"]["histogram"] == histogram(d3=1)


def test_a_period_over_months_measures_each_dossier_once(app_client: Client, counter: Counter) -> None:
    counter.took(at(7, 28), at(7, 30))
    counter.took(at(7, 28), at(8, 2))
    counter.waited(at(7, 28), at(7, 29), at(7, 30), at(8, 2))
    total = lead_time(app_client, **{"from": "2021-07-30", "to": "2021-08-16"})["total"]
    assert (total["number"], total["gross"]["histogram"], total["net"]["histogram"]) == (
        3,
        histogram(d2=1, d3=2),
        histogram(d2=2, d3=1),
    )


def test_a_dossier_counts_for_the_unit_responsible_at_the_finish(app_client: Client, counter: Counter) -> None:
    before, after = counter.receive(AUGUST_16), counter.receive(AUGUST_16)
    why = {"to_unit": "20902", "reason": "đúng thẩm quyền", "legal_basis": "QĐ 1"}
    counter.do(at(8, 17), before, "transfer", **why)
    counter.finish(at(8, 18), before)
    counter.finish(at(8, 18), after)
    counter.do(at(8, 19), after, "transfer", **why)
    content = lead_time(app_client, by="commune")

    assert (row(content, "20899")["number"], row(content, "20902")["number"], content["total"]["number"]) == (1, 1, 2)
    assert lead_time(app_client, unit="20902")["total"]["number"] == 1
    assert row(lead_time(app_client, by="commune", basis="receiving"), "20899")["number"] == 2
    assert lead_time(app_client, basis="receiving", unit="20902")["total"]["number"] == 0


def test_predecessors_are_added_to_their_successor_on_request(app_client: Client, counter: Counter) -> None:
    counter.took(AUGUST_16, at(8, 17))
    content = lead_time(app_client, by="commune", successors="true")
    assert [entry["key"] for entry in content["rows"]] == ["20900", "20908", "20920", "20923", "20929"]
    assert row(content, "20900")["number"] == 1


@pytest.mark.parametrize(
    ("by", "key", "rows"),
    [
        ("procedure", GUARDIANSHIP, 1),
        ("field", "Hộ tịch", 1),
        ("unit", "20899", 29),
        ("commune", "20899", 13),
        ("channel", "counter", 3),
    ],
)
def test_rows_may_be_other_things_than_procedures(
    app_client: Client, counter: Counter, by: str, key: str, rows: int
) -> None:
    counter.took(AUGUST_16, at(8, 17))
    content = lead_time(app_client, by=by)
    assert (len(content["rows"]), row(content, key)["number"], content["total"]["number"]) == (rows, 1, 1)


def test_all_together_have_no_rows_but_a_total_and_offices_only_their_own(app_client: Client, counter: Counter) -> None:
    counter.took(AUGUST_16, at(8, 17))
    everything = lead_time(app_client, by="total")
    assert (everything["by"], everything["rows"], everything["total"]["number"]) == ("total", [], 1)
    # A commune's dossier has no row in a table of offices, and is not in its total.
    offices = lead_time(app_client, by="office")
    assert (len(offices["rows"]), offices["total"]["number"]) == (13, 0)


def test_filters_narrow(app_client: Client, counter: Counter) -> None:
    counter.took(AUGUST_16, at(8, 17))
    counter.waited(AUGUST_16, at(8, 17), at(8, 18), at(8, 19), channel="online")

    def number(**filters: Any) -> int:
        return int(lead_time(app_client, **filters)["total"]["number"])

    assert (number(channel="online"), number(channel=["online", "counter"]), number(channel="postal")) == (1, 2, 0)
    assert (number(procedure=GUARDIANSHIP), number(procedure=SAME_DAY)) == (2, 0)
    assert (number(field="Hộ tịch"), number(field="Đất đai"), number(unit="515"), number(unit="20902")) == (2, 0, 2, 0)


def test_a_correction_is_measured_and_dated(app_client: Client, counter: Counter) -> None:
    code = counter.receive(AUGUST_16)
    counter.finish(at(8, 19), code)
    past = {"from": "2021-08-16", "to": "2021-08-19"}
    app_client.now = at(8, 20)
    assert lead_time(app_client, **past)["total"]["gross"]["median"] == 3
    changes = {"at": "2021-08-18T10:00:00+07:00"}
    counter.correct(at(8, 23), code, sequence=2, changes=changes)
    content = lead_time(app_client, **past)
    assert (content["total"]["gross"]["median"], content["changed_since"]) == (2, "2021-08-23T09:00:00+07:00")


def test_no_dossiers_have_no_median(app_client: Client) -> None:
    content = lead_time(app_client, by="commune")
    assert len(content["rows"]) == 13
    for figures in (*content["rows"], content["total"]):
        assert (figures["number"], figures["share_of_limit"]["number"], figures["share_of_limit"]["hint"]) == (
            0,
            0,
            None,
        )
        assert figures["gross"] == figures["net"] == {**NOTHING, "histogram": histogram()}
        assert figures["share_of_limit"]["median"] is figures["share_of_limit"]["percentile_90"] is None
    assert lead_time(app_client)["rows"] == []


def test_the_histogram_ends_at_the_longest_time(app_client: Client, counter: Counter) -> None:
    for day in (16, 17, 18, 20):
        counter.took(AUGUST_16, at(8, day))
    content = lead_time(app_client, longest=2)
    assert (content["longest"], content["total"]["gross"]["histogram"]) == (2, [1, 1, 2])
    assert len(asked(app_client, LEAD_TIME)["total"]["net"]["histogram"]) == 31


def test_a_lead_time_as_a_table_has_a_column_for_each_day(app_client: Client, counter: Counter) -> None:
    counter.took(AUGUST_16, at(8, 18))
    answer = app_client.get(LEAD_TIME, params={"longest": 2}, headers={"Accept": "text/csv"})
    (line, total) = csv_lines(answer)

    assert (line["key"], line["name"], line["number"], line["gross_median"], line["net_mean"]) == (
        GUARDIANSHIP,
        "Thủ tục đăng ký giám hộ",
        "1",
        "2",
        "2.0",
    )
    assert [line[f"gross_histogram_{day}"] for day in ("0", "1", "2_and_more")] == ["0", "0", "1"]
    assert (line["share_of_limit_median"], line["share_of_limit_classes_up_to_75"]) == ("0.6666", "1")
    assert (total["key"], total["name"], total["share_of_limit_hint"]) == ("total", "Tổng cộng", "")


# --- Both -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [TREND, LEAD_TIME])
@pytest.mark.parametrize(
    ("parameters", "code", "pointer"),
    [
        ({"by": "month"}, "invalid", "/by"),
        ({"from": "2021-08-02", "to": "2021-08-01"}, "period_invalid", "/from"),
        ({"from": "2021-08-17", "to": "2021-08-31"}, "period_in_future", "/from"),
        ({"from": "2016-08-31"}, "period_too_long", "/from"),
        ({"from": "2021-8-1"}, "invalid", "/from"),
        ({"period": "2021-13"}, "period_unknown", "/period"),
        ({"period": "2021-08", "from": "2021-08-01"}, "period_twice", "/period"),
        ({"period": "2021-09"}, "period_in_future", "/from"),
        ({"unit": "99999"}, "unknown_unit", "/unit"),
        ({"unit_id": "123456"}, "unknown_unit", "/unit_id"),
        ({"field": "Hàng hải"}, "unknown_field", "/field"),
        ({"procedure": "9.999999"}, "unknown_procedure", "/procedure"),
        ({"channel": "fax"}, "invalid", "/channel/0"),
        ({"chanel": "online"}, "unknown_parameter", "/chanel"),
    ],
)
def test_an_invalid_question_is_refused(
    app_client: Client, path: str, parameters: dict[str, str], code: str, pointer: str
) -> None:
    answer = app_client.get(path, params=parameters)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"longest": "0"}, "/longest"),
        ({"longest": "367"}, "/longest"),
        ({"min_volume": "0"}, "/min_volume"),
        ({"basis": "step"}, "/basis"),
        ({"by": "level"}, "/by"),
    ],
)
def test_lead_times_have_bounds_of_their_own(app_client: Client, parameters: dict[str, str], pointer: str) -> None:
    answer = app_client.get(LEAD_TIME, params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("path", [TREND, LEAD_TIME])
def test_sixty_months_can_be_asked_for(app_client: Client, path: str) -> None:
    assert app_client.get(path, params={"from": "2016-09-01"}).status_code == 200


@pytest.mark.parametrize("path", [TREND, LEAD_TIME])
def test_a_period_can_be_named(app_client: Client, path: str) -> None:
    by_name = {name: asked(app_client, path, period=name) for name in ("2021-Q1", "statutory-2021-08")}
    assert (by_name["2021-Q1"]["from"], by_name["2021-Q1"]["to"]) == ("2021-01-01", "2021-03-31")
    assert by_name["2021-Q1"] == asked(app_client, path, **{"from": "2021-01-01", "to": "2021-03-31"})
    assert by_name["statutory-2021-08"]["from"] == "2021-07-15"


@pytest.mark.parametrize("path", [TREND, LEAD_TIME])
def test_an_etag_is_valid_until_a_figure_changes(app_client: Client, counter: Counter, path: str) -> None:
    past = {"by": "commune", "from": "2021-08-01", "to": "2021-08-15"}
    app_client.now = AUGUST_16
    tag = app_client.get(path, params=past).headers["etag"]
    app_client.now += timedelta(hours=1)
    again = app_client.get(path, params=past, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")

    counter.took(at(8, 12), at(8, 13))
    app_client.now = AUGUST_16
    changed = app_client.get(path, params=past, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.json()["total"] != {}


@pytest.mark.parametrize("path", [TREND, LEAD_TIME])
def test_an_unknown_format_is_not_acceptable(app_client: Client, path: str) -> None:
    answer = app_client.get(path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
