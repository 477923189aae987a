"""The cause of a late result: wanted when a dossier is finished late, and changed by a correction (rules §7)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, act, corrected, received
from tests.support.client import Client
from tests.support.verification import verified

LATE = timedelta(days=9)


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "20899")


def finished(client: Client, token: str, **body: Any) -> dict[str, Any]:
    """A dossier that was due on 19 August 2021, after its finish."""
    code = received(client, token, reason="x")["code"]
    return act(client, token, code, "finish", outcome="granted", at=None, **body)


def cause(dossier: dict[str, Any]) -> tuple[str | None, bool]:
    return dossier["late_cause"], dossier["late_cause_wanted"]


def test_a_late_finish_takes_a_cause_and_wants_it_where_it_is_missing(app_client: Client, supervisor: str) -> None:
    assert cause(finished(app_client, supervisor)) == (None, False)
    app_client.now += LATE
    assert cause(finished(app_client, supervisor)) == (None, True)
    assert cause(finished(app_client, supervisor, late_cause="staff")) == ("staff", False)


@pytest.mark.parametrize(("given", "code"), [("staff", "not_late"), ("laziness", "invalid"), (7, "invalid")])
def test_a_cause_is_refused_for_a_timely_result_and_so_is_an_unknown_one(
    app_client: Client, supervisor: str, given: Any, code: str
) -> None:
    dossier = received(app_client, supervisor)["code"]
    body = {"outcome": "granted", "late_cause": given}
    answer = app_client.post(f"{DOSSIERS}/{dossier}/finish", body, token=supervisor)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == "/late_cause"
    assert app_client.get(f"{DOSSIERS}/{dossier}", token=supervisor).json()["status"] == "received"


def test_a_cause_is_added_and_changed_by_a_correction(app_client: Client, supervisor: str, seeded_url: str) -> None:
    app_client.now += LATE
    code = finished(app_client, supervisor)["code"]
    for change, expected in (("staff", ("staff", False)), ("system", ("system", False)), (None, (None, True))):
        assert cause(corrected(app_client, supervisor, code, sequence=2, changes={"late_cause": change})) == expected
    assert verified(seeded_url) == []


def test_a_correction_that_makes_a_dossier_timely_takes_its_cause_and_allows_no_other(
    app_client: Client, supervisor: str, seeded_url: str
) -> None:
    app_client.now += LATE
    code = finished(app_client, supervisor, late_cause="staff")["code"]
    app_client.now += timedelta(hours=1)
    changes = {"at": "2021-08-18T09:00:00+07:00", "reason": "x"}
    assert cause(corrected(app_client, supervisor, code, sequence=2, changes=changes)) == (None, False)
    body = {"sequence": 2, "reason": "x", "changes": {"late_cause": "system"}}
    answer = app_client.post(f"{DOSSIERS}/{code}/correct", body, token=supervisor)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_late")
    assert answer.json()["errors"][0]["pointer"] == "/changes/late_cause"

    # Late again, with the cause that the finish named.
    assert cause(corrected(app_client, supervisor, code, sequence=2, changes={"at": "2021-08-24T09:00:00+07:00"})) == (
        "staff",
        False,
    )
    assert verified(seeded_url) == []


def test_a_void_of_the_finish_takes_the_cause_along(app_client: Client, supervisor: str, seeded_url: str) -> None:
    app_client.now += LATE
    code = finished(app_client, supervisor, late_cause="staff")["code"]
    assert cause(act(app_client, supervisor, code, "void", sequence=2, reason="x")) == (None, False)
    assert verified(seeded_url) == []
