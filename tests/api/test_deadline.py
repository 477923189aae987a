"""Due dates explained over HTTP: of a dossier for staff and citizens, and of any request."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, corrected, received
from tests.support.client import Client

ASK = "/api/v1/deadline"
LOOKUP = "/api/v1/lookup"
ENGLISH = {"Accept-Language": "en"}
DOMAIN = Path(__file__).resolve().parents[1] / "domain"
LAWFUL = json.loads((DOMAIN / "deadline_cases.json").read_text(encoding="utf-8"))["cases"]
HARD = json.loads((DOMAIN / "hard_cases.json").read_text(encoding="utf-8"))["groups"]

THREE_DAYS = {"limit": {"amount": 3, "unit": "working_day"}, "received_at": "2021-08-16T08:30:00+07:00"}
TWO_HOURS = {"limit": {"amount": 2, "unit": "working_hour"}, "received_at": "2021-08-16T08:30:00+07:00"}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def computed(client: Client, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = client.post(ASK, body, headers=headers)
    assert answer.status_code == 200, answer.text
    deadline: dict[str, Any] = answer.json()
    return deadline


def why(deadline: dict[str, Any]) -> dict[str, str]:
    """What each day says, by day and month."""
    return {day["date"][5:]: day["why"] for day in deadline["days"]}


def numbers(deadline: dict[str, Any]) -> dict[str, int | None]:
    return {day["date"][5:]: day["number"] for day in deadline["days"]}


# --- What anybody asks for --------------------------------------------------------------------------------------------


def test_the_answer_has_exactly_the_shape_of_the_contract(client: Client) -> None:
    suspensions = [{"from": "2021-08-17", "to": "2021-08-18", "reason": "payment"}]
    deadline = computed(client, {**THREE_DAYS, "suspensions": suspensions})
    rule, days = deadline.pop("rule"), deadline.pop("days")

    assert deadline == {
        "due_date": "2021-08-20",
        "due_at": "2021-08-20T17:00:00+07:00",
        "original_due_date": "2021-08-19",
        "provisional": False,
        "limit": {"amount": 3, "unit": "working_day"},
        "received_at": "2021-08-16T08:30:00+07:00",
        "suspensions": [
            {"from": "2021-08-17", "to": "2021-08-18", "reason": "payment", "policy": "exclude", "days_added": 1}
        ],
        "extension_days": 0,
        "calendar_decisions": [{"year": 2021, "status": "official", "decision": "Thông báo 4875/TB-LĐTBXH"}],
    }
    assert "3 ngày làm việc" in rule
    assert "Điều 147" in rule
    assert days == [
        {"date": "2021-08-16", "counted": False, "number": None, "why": "Thứ Hai: ngày tiếp nhận, không tính"},
        {"date": "2021-08-17", "counted": True, "number": 1, "why": "Thứ Ba: ngày làm việc"},
        {
            "date": "2021-08-18",
            "counted": False,
            "number": None,
            "why": "Thứ Tư: tạm dừng tính thời hạn, chờ thực hiện nghĩa vụ tài chính",
        },
        {"date": "2021-08-19", "counted": True, "number": 2, "why": "Thứ Năm: ngày làm việc"},
        {
            "date": "2021-08-20",
            "counted": True,
            "number": 3,
            "why": "Thứ Sáu: ngày làm việc; ngày hẹn trả kết quả",
        },
    ]


def test_every_lawful_case_comes_out(client: Client) -> None:
    wrong = []
    for case in LAWFUL:
        at = case["received"] if "T" in case["received"] else f"{case['received']}T08:00:00+07:00"
        deadline = computed(client, {"limit": {"amount": case["amount"], "unit": case["unit"]}, "received_at": at})
        if (deadline["due_date"], deadline["provisional"]) != (case["due"], False):
            wrong.append((case, deadline["due_date"]))
    assert LAWFUL
    assert wrong == []


def test_every_hard_case_comes_out_with_suspensions_as_dates(client: Client) -> None:
    wrong, tried = [], 0
    for case in (case for cases in HARD.values() for case in cases):
        spans, unit = case.get("suspensions", []), case["limit"]["unit"]
        # A request cannot name the hour at which a same-day service resumes, or an earlier decision.
        if spans and (unit == "same_day" or any("counts" in span for span in spans)):
            continue
        tried += 1
        cut = None if unit == "working_hour" else 10
        body = {
            "limit": case["limit"],
            "received_at": case["received"],
            "suspensions": [{name: span[name] and span[name][:cut] for name in ("from", "to")} for span in spans],
            "clock_policy": case.get("policy"),
            "extension_days": case.get("extension_days", 0),
        }
        deadline = computed(client, body)
        expected = {"due_date": case["due"], **{name: case[name] for name in ("due_at",) if name in case}}
        if any(deadline[name] != value for name, value in expected.items()):
            wrong.append((case["rule"], deadline["due_date"]))
    assert tried > 130
    assert wrong == []


@pytest.mark.parametrize(
    ("limit", "extra", "counted"),
    [
        ({"amount": 20, "unit": "working_day"}, {}, 20),
        ({"amount": 20, "unit": "working_day"}, {"extension_days": 7}, 27),
        ({"amount": 20, "unit": "working_day"}, {"suspensions": [{"from": "2021-08-20", "to": "2021-09-06"}]}, 20),
        ({"amount": 20, "unit": "calendar_day"}, {"suspensions": [{"from": "2021-08-20", "to": "2021-09-06"}]}, 20),
        ({"amount": 1, "unit": "month"}, {}, 31),
        ({"amount": None, "unit": "same_day"}, {}, 1),
    ],
)
def test_the_counted_lines_add_up_to_the_limit(
    client: Client, limit: dict[str, Any], extra: dict[str, Any], counted: int
) -> None:
    deadline = computed(client, {"limit": limit, "received_at": "2021-08-16T08:30:00+07:00", **extra})
    days = deadline["days"]
    first, last = (datetime.fromisoformat(days[index]["date"]) for index in (0, -1))

    assert [day["number"] for day in days if day["counted"]] == list(range(1, counted + 1))
    assert (days[0]["date"], days[-1]["date"]) == ("2021-08-16", deadline["due_date"])
    assert len(days) == (last - first).days + 1
    assert not any("minutes" in day for day in days)


def test_hours_are_counted_in_minutes_that_add_up(client: Client) -> None:
    suspensions = [{"from": "2021-08-31T14:30:00+07:00", "to": "2021-09-01T10:00:00+07:00"}]
    body = {"limit": {"amount": 8, "unit": "working_hour"}, "received_at": "2021-08-31T10:00:00+07:00"}
    deadline = computed(client, {**body, "suspensions": suspensions})

    # 31 August: 10:00–11:30 and 13:30–14:30; 1 September: 10:00–11:30 and 13:30–17:00; the 6th: half an hour.
    assert {day["date"][5:]: day["minutes"] for day in deadline["days"] if day["minutes"]} == {
        "08-31": 150,
        "09-01": 300,
        "09-06": 30,
    }
    assert (deadline["due_at"], deadline["original_due_date"]) == ("2021-09-06T07:30:00+07:00", "2021-09-01")
    assert deadline["suspensions"] == [
        {
            "from": "2021-08-31T14:30:00+07:00",
            "to": "2021-09-01T10:00:00+07:00",
            "reason": "supplement",
            "policy": "exclude",
            "days_added": None,
            "minutes_added": 330,
        }
    ]
    assert why(deadline)["08-31"].endswith("trừ thời gian tạm dừng, chờ bổ sung hồ sơ")


def test_each_day_names_its_weekend_holiday_make_up_day_or_rolling(client: Client) -> None:
    swap = why(
        computed(client, {"limit": {"amount": 7, "unit": "working_day"}, "received_at": "2025-12-31T09:00:00+07:00"})
    )
    rolled = computed(
        client, {"limit": {"amount": 3, "unit": "calendar_day"}, "received_at": "2021-08-31T09:00:00+07:00"}
    )

    assert swap["01-01"] == "Thứ Năm (Tết Dương lịch): ngày nghỉ"
    assert swap["01-02"] == "Thứ Sáu (Nghỉ hoán đổi, làm bù ngày 10/1/2026): ngày nghỉ"
    assert swap["01-03"] == "Thứ Bảy: nghỉ cuối tuần"
    assert swap["01-10"] == "Thứ Bảy (Làm bù ngày 2/1/2026): ngày làm bù"
    assert why(rolled) == {
        "08-31": "Thứ Ba: ngày tiếp nhận, không tính",
        "09-01": "Thứ Tư: được tính",
        "09-02": "Thứ Năm (Quốc khánh): ngày nghỉ; vẫn được tính",
        "09-03": "Thứ Sáu (Quốc khánh): ngày nghỉ; vẫn được tính",
        "09-04": "Thứ Bảy: nghỉ cuối tuần; thời hạn không kết thúc vào ngày nghỉ",
        "09-05": "Chủ nhật: nghỉ cuối tuần; thời hạn không kết thúc vào ngày nghỉ",
        "09-06": "Thứ Hai: ngày làm việc tiếp theo; ngày hẹn trả kết quả",
    }
    assert "khoản 1 và 5 Điều 148" in rolled["rule"]


@pytest.mark.parametrize(
    ("received", "first"),
    [
        ("2021-08-16T15:00:00+07:00", "Thứ Hai: ngày tiếp nhận, trả kết quả trong ngày; ngày hẹn trả kết quả"),
        ("2021-08-16T15:00:01+07:00", "Thứ Hai: ngày tiếp nhận, sau 15 giờ nên không tính"),
        ("2021-08-14T09:00:00+07:00", "Thứ Bảy: ngày tiếp nhận, không tính; nghỉ cuối tuần"),
    ],
)
def test_a_same_day_service_explains_the_hour_of_receipt(client: Client, received: str, first: str) -> None:
    deadline = computed(client, {"limit": {"unit": "same_day"}, "received_at": received})

    assert next(iter(why(deadline).values())) == first


def test_in_english_every_line_is_english(client: Client) -> None:
    suspensions = [{"from": "2021-08-17", "to": "2021-08-18", "reason": "verification"}]
    deadline = computed(client, {**THREE_DAYS, "suspensions": suspensions, "extension_days": 1}, **ENGLISH)

    assert why(deadline)["08-16"] == "Monday: day of receipt, not counted"
    assert why(deadline)["08-18"] == "Wednesday: suspended, waiting for a verification"
    assert why(deadline)["08-23"] == "Monday: working day; due date"
    assert "Civil Code 2015, article 147.3" in deadline["rule"]
    assert "days added: 1" in deadline["rule"]


@pytest.mark.parametrize(
    ("amount", "unit", "begins"),
    [
        (1, "working_day", "1 working day. "),
        (2, "working_day", "2 working days. "),
        (1, "calendar_day", "1 day, days off included. "),
        (1, "month", "1 month, ending "),
        (1, "working_hour", "1 working hour from "),
        (8, "working_hour", "8 working hours from "),
    ],
)
def test_in_english_one_day_is_in_the_singular(client: Client, amount: int, unit: str, begins: str) -> None:
    limit = {"limit": {"amount": amount, "unit": unit}, "received_at": "2021-08-16T08:30:00+07:00"}
    assert computed(client, limit, **ENGLISH)["rule"].startswith(begins)


def test_a_suspension_after_the_due_date_changes_nothing_and_says_so(client: Client) -> None:
    deadline = computed(client, {**THREE_DAYS, "suspensions": [{"from": "2021-08-20", "to": "2021-08-30"}]})

    assert (deadline["due_date"], deadline["suspensions"][0]["days_added"]) == ("2021-08-19", 0)
    assert "sau ngày hẹn không làm thay đổi ngày hẹn" in deadline["rule"]


def test_one_that_is_still_open_keeps_the_date_and_says_so(client: Client) -> None:
    deadline = computed(client, {**THREE_DAYS, "suspensions": [{"from": "2021-08-17", "to": None}]})

    assert (deadline["due_date"], deadline["suspensions"][0]["to"]) == ("2021-08-19", None)
    assert "đang tạm dừng" in deadline["rule"]


def test_a_restart_counts_from_its_end(client: Client) -> None:
    spans = [{"from": "2021-08-17", "to": "2021-08-20"}]
    deadline = computed(client, {**THREE_DAYS, "suspensions": spans, "clock_policy": "restart"})

    assert deadline["due_date"] == "2021-08-25"
    assert numbers(deadline)["08-23"] == 1
    assert why(deadline)["08-17"] == "Thứ Ba: trước khi thời hạn được tính lại từ đầu"


GUARDIANSHIP = {"procedure": "1.004837", "received_at": "2021-08-16T08:30:00+07:00"}


class TestProcedures:
    def test_the_version_in_force_on_the_day_gives_the_limit(self, client: Client, supervisor: str) -> None:
        promised = computed(client, {**GUARDIANSHIP, "channel": "counter", "unit": "20899"})
        kept = received(client, supervisor)

        assert promised["limit"] == kept["limit"] == {"amount": 3, "unit": "working_day"}
        assert (promised["due_date"], promised["due_at"]) == (kept["due_date"], kept["due_at"])

    def test_its_own_clock_policy_and_bounds_hold(self, client: Client) -> None:
        code = new_procedure(client, {"amount": 5, "unit": "working_day"}, "restart", 2)
        spans = [{"from": "2021-08-17", "to": "2021-08-20"}]
        body = {"procedure": code, "received_at": "2021-08-16T08:30:00+07:00", "suspensions": spans}

        assert computed(client, body)["due_date"] == "2021-08-27"
        assert computed(client, {**body, "clock_policy": "exclude"})["due_date"] == "2021-08-26"
        assert computed(client, {**body, "extension_days": 2})["due_date"] == "2021-08-31"
        too_long = client.post(ASK, {**body, "extension_days": 3})
        assert (too_long.status_code, too_long.json()["code"]) == (422, "extension_not_possible")
        assert too_long.json()["errors"][0]["pointer"] == "/extension_days"

    def test_a_channel_that_is_not_offered_is_refused(self, client: Client) -> None:
        code = new_procedure(client, {"counter": {"amount": 5, "unit": "working_day"}})
        answer = client.post(ASK, {**GUARDIANSHIP, "procedure": code, "channel": "postal"})

        assert (answer.status_code, answer.json()["code"]) == (422, "channel_not_offered")
        assert answer.json()["errors"][0]["pointer"] == "/channel"

    def test_sessions_of_the_unit_count_where_one_is_named(self, client: Client) -> None:
        afternoons = [{"weekday": day, "from": "13:00", "to": "16:30", "reception_only": False} for day in range(1, 6)]
        unit = next(unit_out for unit_out in units(client) if unit_out["code"] == "20899")
        client.patch(f"/api/v1/units/{unit['id']}", {"sessions": afternoons}, token=client.token("administrator"))
        later = {**TWO_HOURS, "received_at": "2021-08-17T08:30:00+07:00"}

        assert computed(client, {**later, "unit": "20899"})["due_at"] == "2021-08-17T15:00:00+07:00"
        assert computed(client, {**later, "unit": unit["id"]})["due_at"] == "2021-08-17T15:00:00+07:00"
        assert computed(client, later)["due_at"] == "2021-08-17T10:30:00+07:00"


def units(client: Client) -> list[dict[str, Any]]:
    deadline: list[dict[str, Any]] = client.get("/api/v1/units?on=2021-08-16&limit=500").json()["items"]
    return deadline


def new_procedure(
    client: Client, limit: dict[str, Any], policy: str = "exclude", max_extension: int = 0, code: str = "7.990001"
) -> str:
    """A procedure in force since 2020 in a catalogue without bounds; its code."""
    token = client.token("administrator")
    catalogue = {"name": f"Không giới hạn {code}", "min_days": None, "max_days": None}
    assert client.post("/api/v1/catalogues", catalogue, token=token).status_code == 201
    version = {
        "effective_from": "2020-01-01",
        "limits": limit,
        "clock_policy": policy,
        "max_extension": max_extension,
        "max_supplement_requests": 5,
    }
    body = {
        "code": code,
        "name": "Thủ tục thử",
        "field": "Hộ tịch",
        "level": "commune",
        "catalogue": catalogue["name"],
        "versions": [version],
    }
    answer = client.post("/api/v1/procedures", body, token=token)
    assert answer.status_code == 201, answer.text
    return code


class TestYears:
    def test_a_year_without_a_decision_is_computed_provisionally(self, client: Client) -> None:
        deadline = computed(client, {**THREE_DAYS, "received_at": "2035-04-27T09:00:00+07:00"})

        # Friday 27 April 2035; the 30th and 1 May are holidays in every year.
        assert (deadline["due_date"], deadline["provisional"]) == ("2035-05-04", True)
        assert deadline["calendar_decisions"] == [{"year": 2035, "status": "provisional", "decision": None}]
        assert "tạm tính" in deadline["rule"]

    def test_a_year_without_a_calendar_in_the_library_is_refused(self, client: Client) -> None:
        answer = client.post(ASK, {**THREE_DAYS, "received_at": "2199-12-30T09:00:00+07:00"})

        assert (answer.status_code, answer.json()["code"]) == (422, "calendar_unknown")

    def test_over_the_end_of_the_official_years_both_are_named(self, client: Client) -> None:
        deadline = computed(client, {**THREE_DAYS, "received_at": "2026-12-30T09:00:00+07:00"})

        assert [(decision["year"], decision["status"]) for decision in deadline["calendar_decisions"]] == [
            (2026, "official"),
            (2027, "provisional"),
        ]


SPAN = {"from": "2021-08-17", "to": "2021-08-18"}
SPANS = {**THREE_DAYS, "suspensions": [SPAN]}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/received_at"),
        ({"received_at": "2021-08-16T08:30:00+07:00"}, "/procedure"),
        ({**THREE_DAYS, "procedure": "1.004837"}, "/procedure"),
        ({**THREE_DAYS, "channel": "counter"}, "/channel"),
        ({**THREE_DAYS, "channel": "fax"}, "/channel"),
        ({**THREE_DAYS, "colour": "red"}, "/colour"),
        ({**THREE_DAYS, "received_at": "2021-08-16T08:30:00"}, "/received_at"),
        ({**THREE_DAYS, "received_at": "2021-08-16"}, "/received_at"),
        ({**THREE_DAYS, "received_at": "9999-12-31T23:59:59-12:00"}, "/received_at"),
        ({**THREE_DAYS, "received_at": 1629077400}, "/received_at"),
        ({**THREE_DAYS, "received_at": None}, "/received_at"),
        ({**THREE_DAYS, "limit": {"amount": 0, "unit": "working_day"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": 367, "unit": "working_day"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": 25, "unit": "month"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": 1, "unit": "same_day"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": None, "unit": "working_day"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": 10**40, "unit": "working_day"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": 1.5, "unit": "working_day"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": True, "unit": "working_day"}}, "/limit/amount"),
        ({**THREE_DAYS, "limit": {"amount": 3, "unit": "fortnight"}}, "/limit/unit"),
        ({**THREE_DAYS, "limit": 3}, "/limit"),
        ({**THREE_DAYS, "clock_policy": "stop"}, "/clock_policy"),
        ({**THREE_DAYS, "extension_days": -1}, "/extension_days"),
        ({**THREE_DAYS, "extension_days": 367}, "/extension_days"),
        ({**TWO_HOURS, "extension_days": 1}, "/extension_days"),
        ({**THREE_DAYS, "unit": "no such unit"}, "/unit"),
        ({**THREE_DAYS, "unit": 10**9}, "/unit"),
        ({"procedure": "9.999999", "received_at": "2021-08-16T08:30:00+07:00"}, "/procedure"),
        ({"procedure": "1.004837", "received_at": "2017-08-16T08:30:00+07:00"}, "/procedure"),
        ({**THREE_DAYS, "suspensions": [SPAN] * 21}, "/suspensions"),
        ({**THREE_DAYS, "suspensions": [{"from": "2021-08-17", "to": "2026-08-19"}]}, "/suspensions"),
        ({**THREE_DAYS, "suspensions": [SPAN, {"from": "2021-08-17", "to": "2021-08-20"}]}, "/suspensions/1"),
        ({**THREE_DAYS, "suspensions": [{"from": "2021-08-17"}, {"from": "2021-08-19"}]}, "/suspensions/1"),
        ({**THREE_DAYS, "suspensions": [{"from": "2021-08-15", "to": "2021-08-17"}]}, "/suspensions/0"),
        ({**THREE_DAYS, "suspensions": [{"from": "2021-08-18", "to": "2021-08-17"}]}, "/suspensions/0/to"),
        ({**THREE_DAYS, "suspensions": [{**SPAN, "from": "2021-02-30"}]}, "/suspensions/0/from"),
        ({**THREE_DAYS, "suspensions": [{**SPAN, "to": "2021-08-18T08:00:00+07:00"}]}, "/suspensions/0/to"),
        ({**THREE_DAYS, "suspensions": [{**SPAN, "to": "9999-12-31"}]}, "/suspensions/0/to"),
        ({**THREE_DAYS, "suspensions": [{**SPAN, "from": 5}]}, "/suspensions/0/from"),
        ({**THREE_DAYS, "suspensions": [{**SPAN, "reason": "holiday"}]}, "/suspensions/0/reason"),
        ({**THREE_DAYS, "suspensions": [{"to": "2021-08-17"}]}, "/suspensions/0/from"),
        ({**THREE_DAYS, "suspensions": "none"}, "/suspensions"),
        ({**TWO_HOURS, "suspensions": [SPAN]}, "/suspensions/0/from"),
        ({**TWO_HOURS, "suspensions": [{"from": "2021-08-16T09:00:00"}]}, "/suspensions/0/from"),
        ([], ""),
    ],
)
def test_wrong_input_is_422_with_a_pointer(client: Client, body: Any, pointer: str) -> None:
    answer = client.post(ASK, body)

    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_twenty_suspensions_and_five_years_in_all_are_still_answered(client: Client) -> None:
    short = [{"from": f"2021-08-{day:02d}", "to": f"2021-08-{day:02d}"} for day in range(17, 20)]
    many = [*short, *({"from": "2021-08-19", "to": "2021-08-19"} for _ in range(17))]

    assert len(computed(client, {**THREE_DAYS, "suspensions": many})["suspensions"]) == 20
    assert (
        computed(client, {**THREE_DAYS, "suspensions": [{"from": "2021-08-17", "to": "2026-08-17"}]})["due_date"]
        > "2026"
    )


def test_the_longest_question_is_answered(client: Client) -> None:
    spans = [{"from": "2021-08-17", "to": "2026-08-17"}]
    limit = {"amount": 366, "unit": "working_day"}
    deadline = computed(client, {**THREE_DAYS, "limit": limit, "suspensions": spans, "extension_days": 366})

    assert sum(day["counted"] for day in deadline["days"]) == 732


def test_a_body_that_is_no_json_is_400(client: Client) -> None:
    answer = client.request("POST", ASK, content=b"{", headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


# --- Of a dossier -----------------------------------------------------------------------------------------------------


def check(client: Client, token: str, code: str) -> dict[str, Any]:
    """The dossier's explanation, which must be the same for staff and citizens and give the date that it has."""
    dossier = client.get(f"{DOSSIERS}/{code}", token=token).json()
    staff = client.get(f"{DOSSIERS}/{code}/deadline", token=token)
    citizen = client.get(f"{LOOKUP}/{code}/deadline")
    deadline: dict[str, Any] = staff.json()
    assert staff.status_code == 200, staff.text
    assert {**deadline, "complete": True} == citizen.json()
    for name in ("due_date", "due_at", "original_due_date", "provisional", "limit", "received_at"):
        assert deadline[name] == dossier[name], name
    return deadline


LIMITS = (
    {"amount": 5, "unit": "working_day"},
    {"amount": 9, "unit": "calendar_day"},
    {"amount": 1, "unit": "month"},
    {"amount": None, "unit": "same_day"},
    {"amount": 12, "unit": "working_hour"},
)


@pytest.mark.parametrize("limit", LIMITS, ids=[str(limit["unit"]) for limit in LIMITS])
def test_the_explanation_gives_the_date_the_dossier_has_after_every_act(
    client: Client, supervisor: str, limit: dict[str, Any]
) -> None:
    in_hours = limit["unit"] == "working_hour"
    for number, policy in enumerate(("exclude", "restart", "run")):
        client.now = NOW
        procedure = new_procedure(client, limit, policy, 10, code=f"7.99000{number}")
        code = received(client, supervisor, procedure=procedure, at=None)["code"]
        dates = [check(client, supervisor, code)["due_at"]]
        acts: list[tuple[str, dict[str, Any]]] = [
            ("request-supplement", {"reason": "x"}),
            ("supplement", {}),
            *([] if in_hours else [("extend", {"days": 3, "legal_basis": "x"})]),
            ("request-payment", {"amount": 1000}),
            ("pay", {}),
            ("suspend", {"reason": "x", "legal_basis": "x"}),
            ("finish", {"outcome": "refused", "reason": "x"}),
        ]
        for action, body in acts:
            act(client, supervisor, code, action, **body)
            dates.append(check(client, supervisor, code)["due_at"])
            client.now += timedelta(hours=2 if in_hours or limit["unit"] == "same_day" else 25)
        assert len(check(client, supervisor, code)["suspensions"]) == 3
        # So the comparison means something: only a running clock without an extension moves nothing.
        assert (len(set(dates)) > 1) is not (in_hours and policy == "run")


def test_a_refusal_during_a_suspension_is_explained_as_judged(client: Client, supervisor: str) -> None:
    procedure = new_procedure(client, {"amount": 5, "unit": "working_day"}, "restart")
    code = received(client, supervisor, procedure=procedure)["code"]
    act(client, supervisor, code, "request-supplement", reason="x")
    client.now += timedelta(days=3)
    finished = act(client, supervisor, code, "finish", outcome="refused", reason="x")
    deadline = check(client, supervisor, code)

    # From Monday, three days left out of five; started again it would be the 26th.
    assert (finished["due_date"], finished["verdict"]) == ("2021-08-26", "early")
    assert [suspension["policy"] for suspension in deadline["suspensions"]] == ["exclude"]
    assert deadline["suspensions"][0]["days_added"] == 3


def test_a_late_suspension_is_shown_and_moves_nothing(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    client.now += timedelta(days=4)
    act(client, supervisor, code, "request-supplement", reason="x")
    client.now += timedelta(days=4)
    act(client, supervisor, code, "supplement")
    deadline = check(client, supervisor, code)

    assert (deadline["due_date"], deadline["suspensions"][0]["days_added"]) == ("2021-08-19", 0)


def test_a_finished_dossier_keeps_the_calendar_it_was_judged_by(client: Client, supervisor: str) -> None:
    finished, still_open = (received(client, supervisor)["code"] for _ in range(2))
    act(client, supervisor, finished, "finish", outcome="granted")
    published = client.get("/api/v1/calendar/2021").json()
    body = {name: published[name] for name in ("status", "days_off", "working_days")}
    body |= {"days_off": [*body["days_off"], "2021-08-18"], "decision": "Quyết định mới"}
    answer = client.put("/api/v1/calendar/2021", body, token=client.token("administrator"))
    assert answer.status_code == 200, answer.text
    before, after = (check(client, supervisor, code) for code in (finished, still_open))

    assert (before["due_date"], before["calendar_decisions"][0]["decision"]) == (
        "2021-08-19",
        "Thông báo 4875/TB-LĐTBXH",
    )
    assert (after["due_date"], after["calendar_decisions"][0]["decision"]) == ("2021-08-20", "Quyết định mới")
    assert why(after)["08-18"] == "Thứ Tư: ngày nghỉ"


def test_new_opening_hours_change_nothing_for_earlier_receipts(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    unit = next(unit_out for unit_out in units(client) if unit_out["code"] == "20899")
    hours = [{"weekday": day, "from": "08:00", "to": "16:00", "reception_only": False} for day in range(1, 6)]
    client.now += timedelta(minutes=1)
    client.patch(f"/api/v1/units/{unit['id']}", {"sessions": hours}, token=client.token("administrator"))
    later = received(client, supervisor, at=None)["code"]

    assert check(client, supervisor, code)["due_at"] == "2021-08-19T17:00:00+07:00"
    assert check(client, supervisor, later)["due_at"] == "2021-08-19T16:00:00+07:00"


def test_a_corrected_receipt_is_explained_from_the_corrected_time(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    changes = {"at": "2021-08-13T09:00:00+07:00"}
    corrected(client, supervisor, code, sequence=1, changes=changes)
    deadline = check(client, supervisor, code)

    assert (deadline["received_at"], deadline["due_date"]) == ("2021-08-13T09:00:00+07:00", "2021-08-18")


def test_a_dossier_before_receipt_has_no_date_to_explain(client: Client, supervisor: str) -> None:
    code = received(client, supervisor, submit=True)["code"]
    answers = [client.get(f"{LOOKUP}/{code}/deadline"), client.get(f"{DOSSIERS}/{code}/deadline", token=supervisor)]
    act(client, supervisor, code, "decline", reason="x")
    answers.append(client.get(f"{LOOKUP}/{code}/deadline"))

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "no_deadline_yet")] * 3


def test_staff_need_a_token_of_a_unit_that_had_to_do_with_it(client: Client, supervisor: str) -> None:
    path = f"{DOSSIERS}/{received(client, supervisor)['code']}/deadline"

    assert client.get(path).status_code == 401
    assert client.get(path, token=client.token("clerk", "20900")).status_code == 403
    assert client.get(path, token=client.token("clerk", "20899")).status_code == 200
    assert client.get(path, token=client.token("reporter")).status_code == 200
    assert client.get(f"{DOSSIERS}/no-such-code/deadline", token=supervisor).status_code == 404


def test_an_explanation_can_be_asked_for_conditionally(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    for path, token in ((f"{LOOKUP}/{code}/deadline", None), (f"{DOSSIERS}/{code}/deadline", supervisor)):
        tag = client.get(path, token=token).headers["etag"]
        assert client.get(path, token=token, headers={"If-None-Match": tag}).status_code == 304


def test_the_openapi_document_shows_the_examples_and_they_work(client: Client) -> None:
    document = client.get("/openapi.json").json()
    examples = document["components"]["schemas"]["DeadlineIn"]["examples"]
    answer = document["paths"]["/api/v1/deadline"]["post"]["responses"]["200"]

    assert len(examples) == 2
    assert all(computed(client, example)["due_date"] for example in examples)
    assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/DeadlineOut")


def test_after_midnight_in_utc_the_local_date_counts(client: Client) -> None:
    # 17:30 on the 16th in UTC is half past midnight on the 17th.
    deadline = computed(client, {**THREE_DAYS, "received_at": datetime(2021, 8, 16, 17, 30, tzinfo=UTC).isoformat()})

    assert (deadline["days"][0]["date"], deadline["due_date"]) == ("2021-08-17", "2021-08-20")
