"""A unit divided into several: by procedure, by commune of the applicant, by hand; and what its history counts for."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Client
from tests.support.verification import verified

UNITS = "/api/v1/units"
ON = "2026-11-25"
GUARDIANSHIP, BIRTH = "1.004837", "1.001193"
COMMUNES = {
    "21001": {"name": "Một", "agency_identifier": "000.01.44.H17"},
    "21002": {"name": "Hai", "agency_identifier": "000.02.44.H17"},
    "21003": {"name": "Ba", "agency_identifier": "000.03.44.H17"},
}


class Commune:
    """A register on 25 November 2026 with a commune, 20900, and three others that exist from that day."""

    def __init__(self, client: Client) -> None:
        client.now = datetime(2026, 11, 25, 2, tzinfo=UTC)
        self.client = client
        self.supervisor, self.administrator = client.token("supervisor"), client.token("administrator")
        units = client.get(UNITS, params={"on": "2026-11-24", "limit": 500}).json()["items"]
        self.unit = next(int(unit["id"]) for unit in units if unit["code"] == "20900")
        for code, fields in COMMUNES.items():
            body = {"code": code, "kind": "commune", "type": "Xã", "parent": "48", "valid_from": ON, **fields}
            assert client.post(UNITS, body, token=self.administrator).status_code == 201

    def received(self, **changes: Any) -> str:
        body = {"receiving_unit": "20900", "at": "2026-11-24T09:00:00+07:00", "reason": "nghỉ", **changes}
        return str(received(self.client, self.supervisor, **body)["code"])

    def divided(self, into: Any = ("21001", "21002"), query: str = "", **body: Any) -> httpx.Response:
        asked = {"into": list(into) if isinstance(into, tuple) else into, "on": ON, **body}
        return self.client.post(f"{UNITS}/{self.unit}/succeed{query}", asked, token=self.administrator)

    def place(self, code: str) -> str:
        """The unit that has the dossier, in each of its roles."""
        dossier = self.client.get(f"{DOSSIERS}/{code}", token=self.supervisor).json()
        assert dossier["receiving_unit"]["code"] == "20900"
        names = {dossier[role]["code"] for role in ("holder_unit", "counter_unit", "responsible_unit")}
        assert len(names) == 1
        return str(names.pop())

    def figures(self, *units: str, **asked: Any) -> Any:
        query = {"by": "commune", "from": "2026-11-01", "to": ON, "successors": "true", "unit": units, **asked}
        return self.client.get("/api/v1/statistics/on-time", params=query).json()


@pytest.fixture
def commune(app_client: Client) -> Commune:
    return Commune(app_client)


def living_in(commune: str) -> dict[str, str]:
    return {"name": "Nguyễn Thị Hoa", "commune": commune}


def moves(answer: httpx.Response) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert content["moved"] == sum(successor["moved"] for successor in content["successors"])
    return {successor["unit"]["code"]: successor["moved"] for successor in content["successors"]}


def test_dossiers_go_where_the_list_and_then_the_first_fitting_rule_say(commune: Commune, seeded_url: str) -> None:
    birth, abroad = commune.received(procedure=BIRTH), commune.received(applicant=living_in("20908"))
    by_hand, rest = commune.received(procedure=BIRTH), commune.received()
    finished, returned = commune.received(), commune.received()
    for code in (finished, returned):
        act(commune.client, commune.supervisor, code, "finish", outcome="granted")
    act(commune.client, commune.supervisor, returned, "return", received_by="Hoa")
    answer = commune.divided(
        ("21001", "21002", "21003"),
        rules=[
            {"into": "21002", "procedures": [BIRTH]},
            {"into": "21003", "communes": ["20908"]},
            {"into": "21001", "communes": ["20908"]},
        ],
        dossiers=[{"code": by_hand, "into": "21003"}, {"code": finished, "into": "21002"}],
    )

    assert moves(answer) == {"21001": 1, "21002": 2, "21003": 2}
    places = {code: commune.place(code) for code in (birth, abroad, by_hand, rest, finished, returned)}
    assert places == {
        birth: "21002",
        abroad: "21003",
        by_hand: "21003",
        rest: "21001",
        finished: "21002",
        returned: "20900",
    }
    entry = commune.client.get(f"{DOSSIERS}/{by_hand}/journal", token=commune.supervisor).json()["items"][-1]
    assert (entry["type"], entry["data"]["from_unit"]) == ("succeed", commune.unit)
    unit = commune.client.get(f"{UNITS}/{commune.unit}").json()
    assert (unit["valid_to"], unit["successor"]["code"]) == ("2026-11-24", "21001")
    assert [successor["code"] for successor in unit["successors"]] == ["21001", "21002", "21003"]
    assert verified(seeded_url) == []


@pytest.mark.parametrize("into", [("21001", "21002"), "21001", ("21001",), ("21001", "21001")])
def test_without_a_rule_all_go_to_the_first_unit(commune: Commune, into: Any) -> None:
    code = commune.received()
    answer = commune.divided(into)

    assert moves(answer) == {unit: int(unit == "21001") for unit in ([into] if isinstance(into, str) else into)}
    assert (answer.json()["successor"]["code"], answer.json()["dossiers"]) == ("21001", None)
    assert commune.place(code) == "21001"


def test_a_dry_run_lists_where_each_dossier_would_go_and_changes_nothing(commune: Commune) -> None:
    birth, rest = commune.received(procedure=BIRTH), commune.received()
    rules = [{"into": "21002", "procedures": [BIRTH]}]
    answer = commune.divided(query="?dry_run=true", rules=rules)

    assert moves(answer) == {"21001": 1, "21002": 1}
    content = answer.json()
    assert {item["code"]: item["into"]["code"] for item in content["dossiers"]} == {birth: "21002", rest: "21001"}
    assert (content["dry_run"], commune.place(birth)) == (True, "20900")
    assert commune.client.get(f"{UNITS}/{commune.unit}").json()["successors"] == []
    assert moves(commune.divided(rules=rules)) == moves(answer)


def test_what_is_recorded_after_the_division_follows_its_rules_at_once(commune: Commune, seeded_url: str) -> None:
    rules = [{"into": "21002", "procedures": [BIRTH]}, {"into": "21003", "communes": ["20908"]}]
    assert moves(commune.divided(("21001", "21002", "21003"), rules=rules)) == dict.fromkeys(COMMUNES, 0)

    assert commune.place(commune.received(procedure=BIRTH)) == "21002"
    assert commune.place(commune.received(applicant=living_in("20908"))) == "21003"
    assert commune.place(commune.received()) == "21001"
    assert verified(seeded_url) == []


def test_a_procedure_of_the_divided_unit_is_for_the_successor_of_its_rule(commune: Commune) -> None:
    body = {"effective_from": "2026-11-01", "limits": {"counter": {"amount": 3, "unit": "working_day"}}}
    for code in (GUARDIANSHIP, BIRTH):
        path = f"/api/v1/procedures/{code}/versions"
        answer = commune.client.post(path, {**body, "responsible_unit": "20900"}, token=commune.administrator)
        assert answer.status_code == 201, answer.text
    commune.divided(rules=[{"into": "21002", "procedures": [BIRTH]}])

    at = {"receiving_unit": "20908", "at": None}
    for code, unit in ((GUARDIANSHIP, "21001"), (BIRTH, "21002")):
        dossier = received(commune.client, commune.supervisor, procedure=code, **at)
        assert dossier["responsible_unit"]["code"] == unit
        listed = commune.client.get("/api/v1/procedures", params={"unit": unit, "limit": 500}).json()["items"]
        assert [procedure["code"] for procedure in listed] == [code]


def test_history_is_added_to_the_successor_that_is_asked_for(commune: Commune) -> None:
    commune.received(procedure=BIRTH)
    done = commune.received()
    act(commune.client, commune.supervisor, done, "finish", outcome="granted")
    act(commune.client, commune.supervisor, done, "return", received_by="Hoa")
    commune.divided(rules=[{"into": "21002", "procedures": [BIRTH]}])

    for unit, other in (("21001", "21002"), ("21002", "21001")):
        (row,) = (row for row in commune.figures(unit)["rows"] if row["received"]["total"])
        assert (row["key"], row["received"]["total"], row["finished"]["total"]) == (unit, 2, 1), unit
        assert other not in {row["key"] for row in commune.figures(unit)["rows"]}
    both = commune.figures("21001", "21002")
    assert both["total"]["received"]["total"] == 2, "no dossier counts twice"
    (alone,) = commune.figures("21002", successors="false")["rows"]
    assert (alone["received"]["total"], alone["moved_in"], alone["open"]["total"]) == (0, 1, 1)


def test_both_successors_read_the_archive_and_the_old_token_acts_for_the_first(commune: Commune) -> None:
    old = commune.client.token("officer", "20900")
    birth, rest = commune.received(procedure=BIRTH), commune.received()
    commune.divided(rules=[{"into": "21002", "procedures": [BIRTH]}])

    for unit in ("21001", "21002"):
        clerk = commune.client.token("clerk", unit)
        for code in (birth, rest):
            assert commune.client.get(f"{DOSSIERS}/{code}", token=clerk).status_code == 200
    assert commune.client.post(f"{DOSSIERS}/{rest}/take", {}, token=old).status_code == 200
    assert commune.client.post(f"{DOSSIERS}/{birth}/take", {}, token=old).status_code == 403
    assert act(commune.client, commune.client.token("officer", "21002"), birth, "take")["status"] == "processing"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"into": []}, "invalid", "/into"),
        ({"into": ["21001", "29999"]}, "unknown_unit", "/into/1"),
        ({"into": ["21001", "20900"]}, "succession_of_itself", "/into/1"),
        ({"rules": [{"into": "21003"}]}, "not_a_successor", "/rules/0/into"),
        ({"rules": [{"into": "21002", "procedures": ["x"]}]}, "unknown_procedure", "/rules/0/procedures/0"),
        ({"rules": [{"into": "21002", "communes": ["20908", "9"]}]}, "unknown_unit", "/rules/0/communes/1"),
        ({"rules": [{"into": "21002", "procedures": []}]}, "invalid", "/rules/0/procedures"),
        ({"rules": [{"into": "21002", "hamlet": "2"}]}, "invalid", "/rules/0/hamlet"),
        (
            {"dossiers": [{"code": "000.00.44.H17-261124-0009", "into": "21001"}]},
            "dossier_not_of_unit",
            "/dossiers/0/code",
        ),
        ({"dossiers": [{"code": "{code}", "into": "20908"}]}, "not_a_successor", "/dossiers/0/into"),
        ({"on": "2026-11-26"}, "succession_in_future", "/on"),
    ],
)
def test_a_division_that_does_not_fit_is_refused_at_its_place(
    commune: Commune, body: dict[str, Any], code: str, pointer: str
) -> None:
    known = commune.received()
    for item in body.get("dossiers", ()):
        item["code"] = item["code"].replace("{code}", known)
    for query in ("?dry_run=true", ""):
        answer = commune.divided(**{"into": ("21001", "21002"), **body}, query=query)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert commune.place(known) == "20900"
    assert commune.client.get(f"{UNITS}/{commune.unit}").json()["valid_to"] is None


def test_a_dossier_of_another_unit_or_a_closed_one_is_not_divided(commune: Commune) -> None:
    elsewhere, closed = commune.received(receiving_unit="20908"), commune.received()
    act(commune.client, commune.supervisor, closed, "withdraw", request="đơn")
    for code in (elsewhere, closed):
        answer = commune.divided(dossiers=[{"code": code, "into": "21002"}])
        assert answer.json()["code"] == "dossier_not_of_unit"


def test_a_divided_unit_is_not_divided_again(commune: Commune) -> None:
    assert moves(commune.divided()) == {"21001": 0, "21002": 0}
    answer = commune.divided(("21001", "21003"))
    assert (answer.status_code, answer.json()["code"]) == (409, "unit_has_ended")


def test_a_successor_can_be_divided_too_and_each_rule_is_followed(commune: Commune) -> None:
    code = commune.received(procedure=BIRTH)
    commune.divided(rules=[{"into": "21002", "procedures": [BIRTH]}])
    second = next(
        unit for unit in commune.client.get(f"{UNITS}?on={ON}&limit=500").json()["items"] if unit["code"] == "21002"
    )
    commune.client.now = datetime(2026, 11, 27, 2, tzinfo=UTC)
    body = {"into": ["21001", "21003"], "on": "2026-11-27", "rules": [{"into": "21003", "procedures": [BIRTH]}]}
    answer = commune.client.post(f"{UNITS}/{second['id']}/succeed", body, token=commune.administrator)

    assert moves(answer) == {"21001": 0, "21003": 1}
    assert commune.place(code) == "21003"
    late = commune.received(procedure=BIRTH, at="2026-11-24T10:00:00+07:00")
    assert commune.place(late) == "21003"
