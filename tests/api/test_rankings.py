"""Rankings and the score table over HTTP: ranks, intervals, points, definitions, and refusals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import act, received
from tests.support.client import Call, Client
from tests.support.csv_answers import csv_lines

RANKING = "/api/v1/statistics/ranking"
SCORE_TABLE = "/api/v1/statistics/score-table"
ON_TIME = "/api/v1/statistics/on-time"
AUGUST = {"from": "2021-08-01", "to": "2021-08-31"}
RULE = {"rate": "finished", "kind": "commune", "full_points": 2.0, "full_from": 0.99, "threshold": 0.85}


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "515")


def at(day: int, hour: int = 9) -> datetime:
    """An hour of a day of August 2021 at the counter: the 16th is a Monday."""
    return datetime(2021, 8, day, hour, tzinfo=UTC) - timedelta(hours=7)


def finished(client: Client, supervisor: str, **verdicts: tuple[int, int]) -> None:
    """Dossiers of communes, finished in August 2021: `c20899=(in time, late)`; the clock shows the 24th."""
    client.now = at(16)
    open_ones = []
    for unit, (in_time, late) in verdicts.items():
        for day in (17,) * in_time + (23,) * late:
            code = received(client, supervisor, receiving_unit=unit.removeprefix("c"))["code"]
            open_ones.append((day, code))
    for day, code in sorted(open_ones):
        client.now = at(day)
        act(client, supervisor, code, "finish", outcome="granted")
    client.now = at(24)


def ranking(client: Client, **parameters: Any) -> dict[str, Any]:
    """The ranking, by default of the communes in August 2021 with a minimum of one dossier."""
    answer = client.get(RANKING, params={"of": "commune", "minimum": 1, **AUGUST, **parameters})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def places(content: dict[str, Any]) -> list[tuple[str, int]]:
    """Code and rank of the ranked units."""
    return [(row["unit"]["code"], row["rank"]) for row in content["rows"] if row["rank"] is not None]


def set_table(client: Client, token: str, *rules: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = client.put(SCORE_TABLE, {"decision": "12/QĐ-UBND", "rules": list(rules)}, token=token, **options)
    assert answer.status_code == 200, answer.text
    table: dict[str, Any] = answer.json()
    return table


# --- The ranking ------------------------------------------------------------------------------------------------------


def test_communes_are_in_the_order_of_their_rate_and_ties_share_a_rank(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 1), c20900=(2, 0), c20902=(2, 2), c20905=(1, 2))
    content = ranking(app_client)
    # 2/2; 2/4 and 1/2, the larger volume first; 1/3.
    assert places(content) == [("20900", 1), ("20902", 2), ("20899", 2), ("20905", 4)]
    assert [row["distinguishable"] for row in content["rows"][:4]] == [None, False, False, False]
    assert [row["volume"] for row in content["rows"][:4]] == [2, 4, 2, 3]
    # All 13 communes of that time are listed.
    assert len(content["rows"]) == 13
    unranked = [row["unit"]["code"] for row in content["rows"][4:]]
    assert unranked == sorted(unranked)


def test_a_row_has_all_parts_of_its_rank(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 1))
    content = ranking(app_client)
    assert {name: content[name] for name in content if name not in ("rows", "definition")} == {
        "of": "commune",
        "rate": "finished",
        "from": "2021-08-01",
        "to": "2021-08-31",
        "as_of": "2021-08-24T09:00:00+07:00",
        "minimum": 1,
        "score_table": None,
        "changed_since": None,
    }
    first, second = content["rows"][:2]
    assert first == {
        "rank": 1,
        "reason": None,
        "reason_text": None,
        "unit": {"id": first["unit"]["id"], "code": "20899", "name": "Trà My", "kind": "commune"},
        "rate": {"value": 0.5, "numerator": 1, "denominator": 2},
        # By hand: 1/2 ± z/(2√(2 + z²)) = 1/2 ± 0.40546.
        "interval": {"low": 0.0945, "high": 0.9054},
        "distinguishable": None,
        "score": None,
        "volume": 2,
    }
    assert second == {
        **dict.fromkeys(("rank", "distinguishable", "score")),
        "reason": "below_minimum",
        "reason_text": "Số hồ sơ dưới mức tối thiểu để xếp hạng (0 < 1).",
        "unit": second["unit"],
        "rate": {"value": None, "numerator": 0, "denominator": 0},
        "interval": {"low": None, "high": None},
        "volume": 0,
    }


def test_a_unit_below_the_minimum_is_listed_with_its_rate_but_not_ranked(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(2, 1), c20900=(2, 0))
    content = ranking(app_client, minimum=3)
    assert places(content) == [("20899", 1)]
    (below,) = [row for row in content["rows"] if row["unit"]["code"] == "20900"]
    assert (below["rank"], below["reason"], below["rate"]["value"]) == (None, "below_minimum", 1.0)
    # The default minimum is ten dossiers.
    by_default = app_client.get(RANKING, params={"of": "commune", **AUGUST}).json()
    assert (by_default["minimum"], places(by_default)) == (10, [])


def test_the_rate_of_due_counts_open_and_overdue_dossiers(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 0), c20900=(1, 0))
    app_client.now = at(16)
    received(app_client, supervisor)
    app_client.now = at(24)
    assert places(ranking(app_client)) == [("20899", 1), ("20900", 1)]
    content = ranking(app_client, rate="due")
    assert places(content) == [("20900", 1), ("20899", 2)]
    assert content["rows"][1]["rate"] == {"value": 0.5, "numerator": 1, "denominator": 2}


@pytest.mark.parametrize("rate", ["finished", "due"])
def test_each_rate_is_that_of_the_on_time_figures_by_the_definition(
    app_client: Client, supervisor: str, rate: str
) -> None:
    finished(app_client, supervisor, c20899=(1, 1), c20900=(0, 1), c20902=(3, 0))
    received(app_client, supervisor, at="2021-08-24T09:00:00+07:00")
    content = ranking(app_client, rate=rate)
    definition = content["definition"]
    assert definition["name"] == f"rate_of_{rate}"
    figures = {
        figure["id"]: figure for figure in app_client.get(ON_TIME, params={"by": "commune", **AUGUST}).json()["rows"]
    }
    assert len(figures) == len(content["rows"])

    def added(row: dict[str, Any], sums: dict[str, int]) -> int:
        parts = {name: name.split(".") for name in sums}
        return sum(
            times * (row[parts[name][0]][parts[name][1]] if len(parts[name]) == 2 else row[name])
            for name, times in sums.items()
        )

    for entry in content["rows"]:
        row = figures[entry["unit"]["id"]]
        assert entry["rate"] == row[definition["name"]]
        assert added(row, definition["numerator"]) == entry["rate"]["numerator"]
        assert added(row, definition["denominator"]) == entry["volume"] == entry["rate"]["denominator"]


def test_the_definition_and_the_reason_are_in_the_language_of_the_caller(app_client: Client) -> None:
    texts = {}
    for language in ("vi", "en"):
        answer = app_client.get(RANKING, params=AUGUST, headers={"Accept-Language": language}).json()
        texts[language] = (answer["definition"]["text"], answer["rows"][0]["reason_text"])
    assert texts["vi"][0].startswith("Tỷ lệ hồ sơ giải quyết trước hạn và đúng hạn")
    assert texts["en"] == (
        "Of the dossiers finished in the period, the share finished early or on time.",
        "Too few dossiers to be ranked (0 < 10).",
    )


def test_offices_are_ranked_by_default_over_the_year_so_far(app_client: Client) -> None:
    content = app_client.get(RANKING).json()
    assert (content["of"], content["rate"], content["from"], content["to"]) == (
        "office",
        "finished",
        "2021-01-01",
        "2021-08-16",
    )
    assert {row["unit"]["kind"] for row in content["rows"]} == {"office"}
    assert len(content["rows"]) == 13


def test_a_named_period_is_the_same_as_its_dates(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 1))
    by_name = app_client.get(RANKING, params={"of": "commune", "minimum": 1, "period": "2021-08"}).json()
    assert by_name == ranking(app_client)
    statutory = app_client.get(RANKING, params={"of": "commune", "period": "statutory-2021-08"}).json()
    assert (statutory["from"], statutory["to"]) == ("2021-07-15", "2021-08-14")
    assert {row["volume"] for row in statutory["rows"]} == {0}


def test_filters_narrow_the_ranking(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 0), c20900=(1, 0))
    unit_id = ranking(app_client)["rows"][0]["unit"]["id"]
    for parameters in ({"unit": "20899"}, {"unit_id": unit_id}):
        assert places(ranking(app_client, **parameters)) == [("20899", 1)]
        assert len(ranking(app_client, **parameters)["rows"]) == 1
    assert len(ranking(app_client, unit=["20899", "20900"])["rows"]) == 2
    assert places(ranking(app_client, channel="online")) == []
    assert len(places(ranking(app_client, channel=["online", "counter"]))) == 2
    assert len(places(ranking(app_client, procedure="1.004837"))) == 2
    assert len(places(ranking(app_client, field="Hộ tịch"))) == 2


def test_a_successor_is_ranked_with_its_predecessors_on_request(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 0), c20902=(0, 1))
    year = {"from": "2021-08-01", "to": "2025-08-31"}
    app_client.now = datetime(2025, 8, 1, tzinfo=UTC)
    before = ranking(app_client, **year)
    assert places(before) == [("20899", 1), ("20902", 2)]
    after = ranking(app_client, **year, successors=True)
    units = [row["unit"]["code"] for row in after["rows"]]
    assert "20902" not in units
    assert sum(row["volume"] for row in after["rows"]) == 2
    # The code 20900 means two units in this period.
    assert [row["unit"]["name"] for row in before["rows"] if row["unit"]["code"] == "20900"] == ["Trà Sơn", "Trà My"]


def test_a_past_ranking_stays_the_same_and_dates_a_change(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(0, 1), c20900=(1, 0))
    app_client.now = datetime(2021, 9, 1, 2, tzinfo=UTC)
    before = ranking(app_client)
    code = received(app_client, supervisor, at="2021-09-01T09:00:00+07:00")["code"]
    act(app_client, supervisor, code, "finish", outcome="granted")
    app_client.now = datetime(2021, 9, 9, 2, tzinfo=UTC)
    assert ranking(app_client) == before
    assert before["as_of"] == "2021-09-01T00:00:00+07:00"
    received(app_client, supervisor, at="2021-08-30T09:00:00+07:00", reason="mất mạng")
    assert ranking(app_client)["changed_since"] == "2021-09-09T09:00:00+07:00"


def test_a_client_with_the_ranking_does_not_get_it_again(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 0))
    tag = app_client.get(RANKING, params=AUGUST).headers["ETag"]
    assert app_client.get(RANKING, params=AUGUST, headers={"If-None-Match": tag}).status_code == 304
    other = app_client.get(RANKING, params={**AUGUST, "of": "commune"}, headers={"If-None-Match": tag})
    assert other.status_code == 200


def test_a_table_has_the_rows_of_the_ranking(app_client: Client, supervisor: str) -> None:
    finished(app_client, supervisor, c20899=(1, 1))
    parameters = {"of": "commune", "minimum": 1, **AUGUST}
    answer = app_client.get(RANKING, params=parameters, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = csv_lines(answer)
    assert len(lines) == 13
    expected = {"rank": "1", "unit_code": "20899", "rate_value": "0.5", "interval_low": "0.0945", "volume": "2"}
    assert {name: lines[0][name] for name in expected} == expected
    assert (lines[1]["rank"], lines[1]["reason"]) == ("", "below_minimum")
    # An office has no communes under it: only the header is left.
    nobody = app_client.get(RANKING, params={**parameters, "unit": "515.03"}, headers={"Accept": "text/csv"})
    assert nobody.text.splitlines() == [answer.text.splitlines()[0]]


@pytest.mark.parametrize(
    ("parameters", "code", "pointer"),
    [
        ({"of": "district"}, "invalid", "/of"),
        ({"rate": "best"}, "invalid", "/rate"),
        ({"minimum": 0}, "invalid", "/minimum"),
        ({"minimum": "many"}, "invalid", "/minimum"),
        ({"minimum": 2**31}, "invalid", "/minimum"),
        ({"from": "2021-08-31", "to": "2021-08-01"}, "period_invalid", "/from"),
        ({"from": "2021-08-17", "to": "2021-08-31"}, "period_in_future", "/from"),
        ({"from": "17.8.2021"}, "invalid", "/from"),
        ({"period": "2021-13"}, "period_unknown", "/period"),
        ({"period": "2021-08", "from": "2021-08-01"}, "period_twice", "/period"),
        ({"period": "2021-09"}, "period_in_future", "/from"),
        ({"unit": "nowhere"}, "unknown_unit", "/unit"),
        ({"unit_id": 4711}, "unknown_unit", "/unit_id"),
        ({"field": "Hàng không"}, "unknown_field", "/field"),
        ({"procedure": "9.999999"}, "unknown_procedure", "/procedure"),
        ({"channel": "fax"}, "invalid", "/channel/0"),
        ({"score_table": 1}, "unknown_score_table", "/score_table"),
        ({"score_table": "last"}, "invalid", "/score_table"),
        ({"by": "office"}, "unknown_parameter", "/by"),
        ({"basis": "step"}, "unknown_parameter", "/basis"),
        ({"first": "2021-08-01"}, "unknown_parameter", "/first"),
    ],
)
def test_an_invalid_ranking_is_refused(app_client: Client, parameters: dict[str, Any], code: str, pointer: str) -> None:
    answer = app_client.get(RANKING, params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_an_unknown_format_of_the_ranking_is_refused(app_client: Client) -> None:
    answer = app_client.get(RANKING, headers={"Accept": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


# --- The score table --------------------------------------------------------------------------------------------------


def test_before_the_first_table_nothing_is_scored(app_client: Client, supervisor: str) -> None:
    answer = app_client.get(SCORE_TABLE)
    assert answer.json() == {"revision": 0, "decision": None, "recorded_at": None, "rules": []}
    assert answer.headers["ETag"].startswith('W/"0-')
    finished(app_client, supervisor, c20899=(1, 0))
    content = ranking(app_client)
    assert (content["score_table"], content["rows"][0]["score"]) == (None, None)


def test_a_table_is_shown_exactly_as_it_was_set(app_client: Client, administrator: str) -> None:
    rules = [RULE, {**RULE, "kind": "office", "full_points": 0.3, "full_from": 0.9999, "threshold_points": 0.1}]
    table = set_table(app_client, administrator, *rules)
    assert table == app_client.get(SCORE_TABLE).json()
    assert table == {
        "revision": 1,
        "decision": "12/QĐ-UBND",
        "recorded_at": "2021-08-16T08:30:00+07:00",
        "rules": [rules[1], {**RULE, "threshold_points": 0}],
    }


def test_units_are_scored_by_the_table(app_client: Client, supervisor: str, administrator: str) -> None:
    finished(app_client, supervisor, c20899=(9, 1), c20900=(1, 0), c20902=(0, 1))
    table = set_table(app_client, administrator, RULE)
    content = ranking(app_client)
    assert content["score_table"] == {
        "revision": 1,
        "decision": "12/QĐ-UBND",
        "recorded_at": "2021-08-24T09:00:00+07:00",
        "rule": table["rules"][0],
    }
    scores = {row["unit"]["code"]: row["score"] for row in content["rows"] if row["volume"]}
    # (0.9 − 0.85) / (0.99 − 0.85) · 2 = 0.714285…
    assert scores == {"20900": 2.0, "20899": 0.7142, "20902": 0.0}
    assert {row["score"] for row in content["rows"] if not row["volume"]} == {None}
    # Points depend on the rate alone, also with too few dossiers for a rank.
    assert ranking(app_client, minimum=11)["rows"][0]["score"] is not None
    assert ranking(app_client, rate="due")["score_table"]["rule"] is None
    assert {row["score"] for row in ranking(app_client, rate="due")["rows"]} == {None}


def test_a_past_ranking_can_be_scored_by_the_table_of_then(
    app_client: Client, supervisor: str, administrator: str
) -> None:
    finished(app_client, supervisor, c20899=(1, 0))
    set_table(app_client, administrator, RULE)
    then = ranking(app_client)
    app_client.now += timedelta(days=30)
    assert set_table(app_client, administrator, {**RULE, "full_points": 3})["revision"] == 2
    now = ranking(app_client)
    assert (then["rows"][0]["score"], now["rows"][0]["score"]) == (2, 3)
    assert (then["score_table"]["revision"], now["score_table"]["revision"]) == (1, 2)
    again = ranking(app_client, score_table=1)
    assert (again["rows"], again["score_table"]) == (then["rows"], then["score_table"])
    assert app_client.get(SCORE_TABLE, params={"revision": 1}).json()["rules"][0]["full_points"] == 2
    # While the clock is before the second revision, the first is in force.
    app_client.now -= timedelta(days=1)
    assert app_client.get(SCORE_TABLE).json()["revision"] == 1


def test_a_table_can_be_emptied_again(app_client: Client, supervisor: str, administrator: str) -> None:
    finished(app_client, supervisor, c20899=(1, 0))
    set_table(app_client, administrator, RULE)
    assert set_table(app_client, administrator) == {**app_client.get(SCORE_TABLE).json(), "revision": 2, "rules": []}
    assert ranking(app_client)["rows"][0]["score"] is None


def test_an_equal_table_is_no_new_revision(app_client: Client, administrator: str) -> None:
    office = {**RULE, "kind": "office"}
    set_table(app_client, administrator, RULE, office)
    app_client.now += timedelta(days=1)
    again = set_table(app_client, administrator, office, {**RULE, "threshold_points": 0})
    assert (again["revision"], again["recorded_at"]) == (1, "2021-08-16T08:30:00+07:00")


def test_a_client_with_another_table_does_not_replace_it(app_client: Client, administrator: str) -> None:
    tag = app_client.get(SCORE_TABLE).headers["ETag"]
    first = app_client.put(SCORE_TABLE, {"rules": [RULE]}, token=administrator, headers={"If-Match": tag})
    assert (first.status_code, first.json()["revision"]) == (200, 1)
    late = app_client.put(SCORE_TABLE, {"rules": []}, token=administrator, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (412, "version_changed", 1)
    headers = {"If-Match": first.headers["ETag"]}
    assert app_client.put(SCORE_TABLE, {"rules": []}, token=administrator, headers=headers).json()["revision"] == 2
    assert app_client.get(SCORE_TABLE, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    tag = app_client.get(SCORE_TABLE).headers["ETag"]
    assert app_client.get(SCORE_TABLE, headers={"If-None-Match": tag}).status_code == 304


def test_tables_set_at_once_are_revisions_one_after_the_other(app_client: Client, administrator: str) -> None:
    bodies = [{"rules": [{**RULE, "full_points": points}]} for points in range(1, 6)]
    answers = app_client.together([Call("PUT", SCORE_TABLE, body, administrator) for body in bodies])
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["revision"] for answer in answers) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("role", ["clerk", "officer", "supervisor", "reporter"])
def test_only_administrators_set_the_table(app_client: Client, role: str) -> None:
    refused = app_client.put(SCORE_TABLE, {"rules": [RULE]}, token=app_client.token(role))
    assert (refused.status_code, refused.json()["code"]) == (403, "administrators_only")
    refused = app_client.put(SCORE_TABLE, {"rules": [RULE]})
    assert (refused.status_code, refused.json()["code"]) == (401, "token_missing")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid", "/rules"),
        ({"rules": [RULE, RULE]}, "score_table_invalid", "/rules/1"),
        ({"rules": [{**RULE, "threshold": 0.995}]}, "score_table_invalid", "/rules/0/threshold"),
        ({"rules": [{**RULE, "threshold_points": 2.5}]}, "score_table_invalid", "/rules/0/threshold_points"),
        ({"rules": [{**RULE, "kind": "district"}]}, "invalid", "/rules/0/kind"),
        ({"rules": [{**RULE, "rate": "best"}]}, "invalid", "/rules/0/rate"),
        ({"rules": [{**RULE, "full_from": 1.01}]}, "invalid", "/rules/0/full_from"),
        ({"rules": [{**RULE, "full_from": 99}]}, "invalid", "/rules/0/full_from"),
        ({"rules": [{**RULE, "full_from": 0.99999}]}, "invalid", "/rules/0/full_from"),
        ({"rules": [{**RULE, "threshold": -0.1}]}, "invalid", "/rules/0/threshold"),
        ({"rules": [{**RULE, "full_points": -1}]}, "invalid", "/rules/0/full_points"),
        ({"rules": [{**RULE, "full_points": 1001}]}, "invalid", "/rules/0/full_points"),
        ({"rules": [{**RULE, "full_points": "NaN"}]}, "invalid", "/rules/0/full_points"),
        ({"rules": [{**RULE, "full_points": None}]}, "invalid", "/rules/0/full_points"),
        ({"rules": [{**RULE, "full_points": True}]}, "invalid", "/rules/0/full_points"),
        ({"rules": [{**RULE, "weight": 1}]}, "invalid", "/rules/0/weight"),
        ({"rules": [RULE] * 5}, "invalid", "/rules"),
        ({"rules": [], "note": ""}, "invalid", "/note"),
    ],
)
def test_an_invalid_table_is_refused_and_nothing_is_stored(
    app_client: Client, administrator: str, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = app_client.put(SCORE_TABLE, body, token=administrator)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert app_client.get(SCORE_TABLE).json()["revision"] == 0


def test_an_unknown_revision_is_not_found(app_client: Client) -> None:
    answer = app_client.get(SCORE_TABLE, params={"revision": 1})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_score_table")
    for parameters in ({"revision": 0}, {"revision": 2**31}, {"version": 1}):
        assert app_client.get(SCORE_TABLE, params=parameters).status_code == 422
