"""Lateness through HTTP: late results by cause, promises kept and broken, and the dossiers behind them (rules §11)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, act, corrected, guardianship
from tests.support.client import Client
from tests.support.page_text import read

LATENESS = "/api/v1/statistics/lateness"
HERE, THERE = "20900", "20908"
SEPTEMBER = {"from": "2026-09-01", "to": "2026-09-30"}


def at(client: Client, day: int, hour: int = 1) -> None:
    client.now = datetime(2026, 9, day, hour, tzinfo=UTC)


@pytest.fixture
def supervisor(app_client: Client) -> str:
    at(app_client, 7)
    return app_client.token("supervisor")


def new(client: Client, token: str, **changes: Any) -> str:
    """A dossier that is due on Thursday 10 September 2026."""
    body = guardianship(**{"receiving_unit": HERE, "at": None, **changes})
    answer = client.post(DOSSIERS, body, token=token)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def row(client: Client, key: str = "total", **parameters: Any) -> dict[str, Any]:
    answer = client.get(LATENESS, params={"by": "commune", **SEPTEMBER, **parameters})
    assert answer.status_code == 200, answer.text
    (figures,) = [row for row in (*answer.json()["rows"], answer.json()["total"]) if row["key"] == key]
    return dict(figures)


def promises(client: Client, key: str = "total", **parameters: Any) -> tuple[int, int, int]:
    figures = row(client, key, **parameters)["promises"]
    return figures["total"], figures["kept"], figures["broken"]


def listed(client: Client, token: str, **filters: Any) -> set[str]:
    items = client.get(DOSSIERS, params=filters, token=token).json()["items"]
    return {item["code"] for item in items}


def test_late_results_are_counted_by_cause_and_listed_by_it(app_client: Client, supervisor: str) -> None:
    staff, silent, timely = (new(app_client, supervisor) for _ in range(3))
    elsewhere = new(app_client, supervisor, receiving_unit=THERE)
    act(app_client, supervisor, timely, "finish", outcome="granted")
    at(app_client, 15)
    act(app_client, supervisor, staff, "finish", outcome="granted", late_cause="staff")
    act(app_client, supervisor, silent, "finish", outcome="granted")
    act(app_client, supervisor, elsewhere, "finish", outcome="granted", late_cause="system")

    here = row(app_client, HERE)
    assert (here["late"], {name: number for name, number in here["causes"].items() if number}) == (
        2,
        {"staff": 1, "unknown": 1},
    )
    assert row(app_client)["causes"]["system"] == 1
    assert row(app_client, by="procedure", key="1.004837")["late"] == 3
    assert row(app_client, by="month", key="2026-09")["causes"]["staff"] == 1
    assert listed(app_client, supervisor, late_cause="staff") == {staff}
    assert listed(app_client, supervisor, late_cause=["system", "unknown"]) == {elsewhere, silent}

    corrected(app_client, supervisor, silent, sequence=2, changes={"late_cause": "other"})
    assert row(app_client, HERE)["causes"]["other"] == 1
    assert row(app_client, HERE)["causes"]["unknown"] == 0


def test_a_promise_is_kept_by_its_day_and_broken_after_it(app_client: Client, supervisor: str) -> None:
    early, on_the_day, late, silent = (new(app_client, supervisor) for _ in range(4))
    for code in (early, on_the_day, late, silent):
        act(app_client, supervisor, code, "reschedule", promised_date="2026-09-16", reason="x")
    at(app_client, 14)
    act(app_client, supervisor, early, "finish", outcome="granted")
    # The promised date decides, so nothing counts before it.
    assert promises(app_client) == (0, 0, 0)
    at(app_client, 16, 9)
    act(app_client, supervisor, on_the_day, "finish", outcome="granted")
    assert promises(app_client) == (2, 2, 0)
    assert promises(app_client, to="2026-09-15") == (0, 0, 0)
    at(app_client, 17)
    act(app_client, supervisor, late, "finish", outcome="granted")
    assert promises(app_client, HERE) == (4, 2, 2)
    assert row(app_client, HERE)["rate_of_promises"] == {"value": 0.5, "numerator": 2, "denominator": 4}
    assert promises(app_client, THERE) == (0, 0, 0)
    assert row(app_client, THERE)["rate_of_promises"]["value"] is None


def test_a_promise_of_a_dossier_that_ended_or_waits_is_not_broken(app_client: Client, supervisor: str) -> None:
    withdrawn, waiting = new(app_client, supervisor), new(app_client, supervisor)
    for code in (withdrawn, waiting):
        act(app_client, supervisor, code, "reschedule", promised_date="2026-09-16", reason="x")
    act(app_client, supervisor, waiting, "request-supplement", reason="x")
    at(app_client, 14)
    act(app_client, supervisor, withdrawn, "withdraw", request="x")
    at(app_client, 21)
    assert promises(app_client) == (0, 0, 0)


def test_a_promise_counts_for_the_unit_that_was_responsible(app_client: Client, supervisor: str) -> None:
    code = new(app_client, supervisor)
    act(app_client, supervisor, code, "reschedule", promised_date="2026-09-16", reason="x")
    at(app_client, 17)
    act(app_client, supervisor, code, "transfer", to_unit=THERE, reason="x", legal_basis="x")
    at(app_client, 18)
    assert (promises(app_client, HERE), promises(app_client, THERE)) == ((1, 0, 1), (0, 0, 0))


def test_a_moved_promise_counts_on_its_new_day(app_client: Client, supervisor: str) -> None:
    code = new(app_client, supervisor)
    act(app_client, supervisor, code, "reschedule", promised_date="2026-09-16", reason="x")
    calendar = app_client.get("/api/v1/calendar/2026").json()
    body = {name: calendar[name] for name in ("working_days", "names")}
    body |= {"decision": "x", "days_off": sorted([*calendar["days_off"], "2026-09-16"])}
    token = app_client.token("administrator")
    assert app_client.put("/api/v1/calendar/2026", body, token=token).json()["moved"] == 1
    at(app_client, 17, 9)
    act(app_client, supervisor, code, "finish", outcome="granted")
    assert promises(app_client) == (1, 1, 0)


def test_the_page_shows_the_figures_of_the_api(app_client: Client, supervisor: str) -> None:
    code = new(app_client, supervisor)
    act(app_client, supervisor, code, "reschedule", promised_date="2026-09-16", reason="x")
    at(app_client, 17)
    act(app_client, supervisor, code, "finish", outcome="granted", late_cause="many_dossiers")
    for by, name in (("commune", "Xã Trà My"), ("procedure", "Thủ tục đăng ký giám hộ"), ("month", "Tháng 09/2026")):
        text = read(app_client.get("/board/lateness", params={"by": by, **SEPTEMBER})).text
        assert "Số lượng hồ sơ tăng cao" in text
        assert "Thiên tai" not in text
        assert f"{name} 1 1 0 1 0 1 0%" in text.replace("0,00%", "0%")
    refused = app_client.get("/board/lateness", params={"period": "never"})
    assert refused.status_code == 422
