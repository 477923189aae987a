"""The example dossiers of the demonstration for the rules since 2026."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.catalogue.provisional import provide_years
from app.database import Database
from app.loading.examples_2026 import add_examples
from tests.support.bodies import read_dossier
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.verification import verified

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


def codes(url: str, now: datetime) -> dict[str, str]:
    async def work(database: Database) -> dict[str, str]:
        async with database.writing() as connection:
            await provide_years(connection, [now.year, now.year + 1], now)
        return await add_examples(database, "20900", now)

    return in_database(url, work)


@pytest.mark.parametrize("hour", [0, 3, 15])
def test_each_rule_since_2026_has_an_example(seeded_url: str, hour: int) -> None:
    now = NOW.replace(hour=hour)
    examples = codes(seeded_url, now)
    with Client(seeded_url, now) as client:
        shown: dict[str, Any] = {name: read_dossier(client, code) for name, code in examples.items()}
        journal = client.get(f"/api/v1/dossiers/{examples['handed in']}/journal", token=client.token("supervisor"))
    assert (shown["another area"]["clock"], shown["another area"]["due_date_expected"]) == ("not_started", True)
    assert (shown["cut-off"]["due_date"], shown["handed in"]["due_date"]) == ("2026-12-07", "2026-12-04")
    assert shown["condition"]["conditions"] == ["verification"]
    assert shown["answer time"]["status"] == "awaiting_supplement"
    assert shown["outage"]["due_date"] != shown["outage"]["original_due_date"]
    assert shown["apology"]["promised_date"] == "2026-12-07"
    assert journal.json()["items"][0]["data"]["handed_in_by"]["name"] == "Đinh Văn Nam"
    assert verified(seeded_url) == []


def test_before_the_rules_hold_there_is_no_example(seeded_url: str) -> None:
    assert codes(seeded_url, datetime(2022, 7, 1, tzinfo=UTC)) == {}
