"""Simulated dossiers: reproducible by their seed, lawful, and as realistic as the demonstration claims."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.audit.verification.service import verify
from app.cli import commands
from app.database import Database
from app.database.tables import dossiers, entries, metadata, rating_comments, ratings
from app.domain.calendar import DEFAULT_SESSIONS
from app.domain.codes import parse_code
from app.domain.errors import Invalid
from app.domain.localtime import local
from app.loading.demo import build, guide_for
from app.loading.simulation.service import Summary, simulate
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.reference import seed

if TYPE_CHECKING:
    from tests.support.databases import Databases, SqliteDatabases, Templates

# A Thursday afternoon, when the five communes of today exist.
NOW = datetime(2026, 8, 13, 8, 0, tzinfo=UTC)


def simulated(
    url: str, number: int, start: date = date(2021, 1, 1), end: date = date(2021, 12, 31), seed: int = 7
) -> Summary:
    return in_database(
        url, lambda database: simulate(database, dossiers=number, start=start, end=end, seed=seed, now=NOW)
    )


def rows(url: str, *columns: Any) -> list[Any]:
    """The columns of all rows, in the order of the first."""

    async def read(database: Database) -> list[Any]:
        async with database.reading() as connection:
            return await connection.all(select(*columns).order_by(columns[0]))

    return in_database(url, read)


def contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of all tables, without random columns and their hashes."""
    random = ("salt", "text_hash", "applicant_hash", "hash", "journal_hash", "identity_encrypted")
    return {
        table.name: sorted(
            map(
                tuple,
                rows(url, *(c for c in table.c if c.name not in random)),
            ),
            key=repr,
        )
        for table in metadata.sorted_tables
    }


@pytest.fixture
def another_seeded_url(databases: "Databases", templates: "Templates") -> Iterator[str]:
    url = databases.create(templates.prepared_by(seed))
    yield url
    databases.drop(url)


def test_the_same_seed_gives_the_same_data(seeded_url: str, another_seeded_url: str) -> None:
    for url in (seeded_url, another_seeded_url):
        simulated(url, 120)
    first, second = contents(seeded_url), contents(another_seeded_url)
    assert len(first["dossiers"]) == 120
    for name in first:
        assert first[name] == second[name], name


def test_another_seed_gives_different_data(seeded_url: str, another_seeded_url: str) -> None:
    simulated(seeded_url, 20, seed=1)
    simulated(another_seeded_url, 20, seed=2)
    assert contents(seeded_url)["applicants"] != contents(another_seeded_url)["applicants"]


def test_simulated_dossiers_are_lawful_and_counted(seeded_url: str) -> None:
    simulated(seeded_url, 400)
    assert in_database(seeded_url, verify) == []


def test_a_second_simulation_adds_dossiers(seeded_url: str) -> None:
    simulated(seeded_url, 60, seed=1)
    simulated(seeded_url, 60, seed=2)
    assert len(rows(seeded_url, dossiers.c.id)) == 120
    assert in_database(seeded_url, verify) == []


def test_a_counter_can_receive_after_a_simulation(seeded_url: str) -> None:
    simulated(seeded_url, 30, date(2026, 8, 10), date(2026, 8, 13))
    body = {"procedure": "1.004837", "receiving_unit": "20900", "applicant": {"name": "Hồ Thị Sen"}}
    with Client(seeded_url, NOW) as client:
        issued = client.post("/api/v1/dossiers", body, token=client.token("clerk"))
    assert issued.status_code == 201, issued.text
    assert in_database(seeded_url, verify) == []


def test_most_dossiers_are_in_time_and_units_differ(seeded_url: str) -> None:
    summary = simulated(seeded_url, 1800)
    assert summary.on_time is not None
    assert 0.97 <= summary.on_time <= 0.99
    late: Counter[int] = Counter()
    judged: Counter[int] = Counter()
    for row in rows(seeded_url, dossiers.c.id, dossiers.c.responsible_unit_id, dossiers.c.verdict):
        if row.verdict:
            judged[row.responsible_unit_id] += 1
            late[row.responsible_unit_id] += row.verdict == "late"
    shares = sorted(late[unit] / number for unit, number in judged.items() if number >= 100)
    assert shares[0] < 0.01
    assert shares[-1] > 0.03


def test_some_applicants_rate_after_the_return_and_late_results_worse(seeded_url: str) -> None:
    simulated(seeded_url, 1800)
    returned = {row.id: row for row in rows(seeded_url, dossiers.c.id, dossiers.c.returned_at, dossiers.c.verdict)}
    given = rows(seeded_url, ratings.c.dossier_id, ratings.c.rated_at, ratings.c.score)
    assert 0.08 < len(given) / sum(1 for row in returned.values() if row.returned_at) < 0.16
    scores: dict[bool, list[int]] = {True: [], False: []}
    for rating in given:
        dossier = returned[rating.dossier_id]
        assert dossier.returned_at < rating.rated_at <= NOW
        scores[dossier.verdict == "late"].append(rating.score)
    late, timely = (sum(group) / len(group) for group in scores.values())
    assert late < timely - 0.5
    assert 0 < len(rows(seeded_url, rating_comments.c.dossier_id)) < len(given)
    with Client(seeded_url, NOW) as client:
        figures = client.get(
            "/api/v1/statistics/ratings?by=commune&from=2021-01-01&to=2021-12-31", token=client.token("supervisor")
        ).json()
    assert figures["total"]["mean"] is not None


def test_arrivals_are_in_opening_hours_mostly_on_mondays_and_mornings(seeded_url: str) -> None:
    simulated(seeded_url, 1500)
    arrived = [
        local(row.received_at)
        for row in rows(seeded_url, dossiers.c.id, dossiers.c.received_at, dossiers.c.channel)
        if row.channel == "counter"
    ]
    for at in arrived:
        minute = at.hour * 60 + at.minute
        assert any(session.start <= minute < session.end for session in DEFAULT_SESSIONS.week[0]), at
    weekdays = Counter(at.weekday() for at in arrived if at.weekday() < 5)
    assert weekdays.most_common(1)[0][0] == 0
    hours = Counter(at.hour for at in arrived)
    assert {hour for hour, _number in hours.most_common(3)} == {8, 9, 14}


def test_codes_have_no_gaps_and_follow_time(seeded_url: str) -> None:
    simulated(seeded_url, 500, date(2021, 3, 1), date(2021, 3, 31))
    days: dict[tuple[str, date], list[tuple[int, datetime]]] = {}
    for row in rows(seeded_url, dossiers.c.id, dossiers.c.code, dossiers.c.submitted_at, dossiers.c.received_at):
        parts = parse_code(row.code)
        key = (str(parts.agency), parts.date)
        days.setdefault(key, []).append((parts.ordinal, row.submitted_at or row.received_at))
    for issued in days.values():
        issued.sort()
        assert [ordinal for ordinal, _at in issued] == list(range(1, len(issued) + 1))
        times = [at for _ordinal, at in issued]
        assert times == sorted(times)


def test_no_event_is_after_now_and_unfinished_dossiers_are_open(seeded_url: str) -> None:
    summary = simulated(seeded_url, 150, date(2026, 7, 20), date(2026, 8, 20))
    assert max(row.occurred_at for row in rows(seeded_url, entries.c.occurred_at)) <= NOW
    assert summary.statuses["processing"] + summary.statuses["received"] > 0
    assert summary.statuses["returned"] > 0
    assert in_database(seeded_url, verify) == []


def test_dossiers_continue_at_the_successor_of_their_commune(seeded_url: str) -> None:
    simulated(seeded_url, 200, date(2025, 6, 16), date(2025, 7, 10))
    moved = [
        row for row in rows(seeded_url, entries.c.id, entries.c.type, entries.c.occurred_at) if row.type == "succeed"
    ]
    assert moved
    assert {local(row.occurred_at).isoformat() for row in moved} == {"2025-07-01T00:00:00+07:00"}
    assert in_database(seeded_url, verify) == []


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (date(2021, 5, 2), date(2021, 5, 1), "period_invalid"),
        (date(2026, 8, 14), date(2026, 8, 31), "period_invalid"),
        (date(2017, 3, 1), date(2017, 3, 31), "nothing_to_simulate"),
        (date(2021, 5, 1), date(2021, 5, 2), "nothing_to_simulate"),
    ],
    ids=["backwards", "not-yet", "no-units-then", "a-weekend"],
)
def test_a_period_without_possible_arrivals_is_refused(seeded_url: str, start: date, end: date, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        simulated(seeded_url, 5, start, end)
    assert refusal.value.code == code


def test_the_command_prints_the_numbers(seeded_url: str) -> None:
    arguments = ["simulate", "--dossiers", "12", "--from", "2021-03-01", "--to", "2021-03-31", "--seed", "3"]
    end = CliRunner().invoke(commands, arguments, env={"MOTCUA_DATABASE_URL": seeded_url})
    assert end.exit_code == 0, end.output
    assert end.stdout.startswith("12 dossiers with ")
    assert len(rows(seeded_url, dossiers.c.id)) == 12


# --- The demonstration, built once ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demonstration(sqlite_databases: "SqliteDatabases") -> Iterator[str]:
    url = sqlite_databases.create()
    seed(url)
    in_database(url, lambda database: build(database, now=NOW))
    yield url
    sqlite_databases.drop(url)


def figures(url: str, by: str, start: str, end: str) -> dict[str, Any]:
    with Client(url, NOW) as client:
        answer = client.get(f"/api/v1/statistics/on-time?by={by}&from={start}&to={end}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def test_the_demonstration_has_a_year_of_all_offices_and_communes(demonstration: str) -> None:
    received = 0
    for by in ("office", "commune"):
        year = figures(demonstration, by, "2021-01-01", "2021-12-31")
        assert len(year["rows"]) == 13
        assert all(row["received"]["total"] > 0 for row in year["rows"])
        received += year["total"]["received"]["total"]
    # Some of the 14,600 were only submitted.
    assert 14_300 <= received <= 14_600


def test_a_fiftieth_of_the_demonstrations_year_was_late(demonstration: str) -> None:
    year = figures(demonstration, "unit", "2021-01-01", "2021-12-31")
    assert 0.975 <= year["total"]["rate_of_finished"]["value"] <= 0.988
    rates = [row["rate_of_finished"]["value"] for row in year["rows"] if row["finished"]["total"] > 150]
    assert min(rates) < 0.965
    assert max(rates) > 0.99


def test_some_dossiers_are_open_and_overdue_at_the_end_of_the_demonstrations_year(demonstration: str) -> None:
    at_the_end = figures(demonstration, "unit", "2021-12-01", "2021-12-31")["total"]["open"]
    assert at_the_end["total"] > 50
    assert at_the_end["overdue"] > 0
    assert at_the_end["suspended"] > 0


def test_all_dossiers_of_the_demonstrations_year_ended_by_june_2022(demonstration: str) -> None:
    june = figures(demonstration, "unit", "2022-06-01", "2022-06-30")["total"]
    assert june["open"]["total"] == 0
    ended = {"returned", "declined", "withdrawn", "discontinued"}
    for row in rows(demonstration, dossiers.c.id, dossiers.c.code, dossiers.c.status, dossiers.c.last_occurred_at):
        if parse_code(row.code).date.year == 2021:
            assert row.status in ended, row
            assert row.last_occurred_at < datetime(2022, 6, 1, tzinfo=UTC), row


def test_todays_work_lists_of_the_demonstration_are_not_empty(demonstration: str) -> None:
    with Client(demonstration, NOW) as client:
        token = client.token("supervisor")

        def listed(query: str) -> list[dict[str, Any]]:
            answer = client.get(f"/api/v1/dossiers?limit=500&{query}", token=token)
            assert answer.status_code == 200, answer.text
            return list(answer.json()["items"])

        for query in ("due_soon=true", "overdue=true", "clock=suspended", "open=false&status=submitted"):
            assert listed(query), query
        finished = listed("open=false&status=finished")
        assert finished
        recent = [row for row in listed("received_from=2026-07-01&open=false") if row["received_at"] > "2026-07-01"]
    communes = {row["receiving_unit"]["name"] for row in [*finished, *recent]}
    assert communes == {"Trà My", "Trà Liên", "Trà Đốc", "Trà Tân", "Trà Giáp"}


def test_the_demonstration_verifies(demonstration: str) -> None:
    assert in_database(demonstration, verify) == []


def test_the_demonstrations_tokens_are_valid_and_its_examples_have_their_state(demonstration: str) -> None:
    guide = in_database(demonstration, lambda database: guide_for(database, NOW))
    assert list(guide.tokens) == [
        "CLERK",
        "OFFICER",
        "SUPERVISOR",
        "SUPERVISOR_OF_ALL",
        "REPORTER",
        "ADMINISTRATOR",
    ]
    with Client(demonstration, NOW) as client:
        for token in guide.tokens.values():
            assert client.get("/api/v1/dossiers", token=token).status_code == 200
        shown = {state: client.get(f"/api/v1/lookup/{code}").json() for state, code in guide.codes.items()}
    assert (shown["open"]["overdue"], shown["overdue"]["overdue"]) == (False, True)
    assert shown["suspended"]["clock"] == "suspended"
    assert shown["returned"]["status"] == "returned"
