"""Gauges of the register in /metrics: per unit, cached for moments, and absent without the register."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.catalogue.cache import ReferenceCache
from app.database import Connection, Database, DatabaseUnavailable, schema
from app.statistics.workload.gauges import RegisterGauges
from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Client

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
TRA_MY = "20899"


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    """The application that counts at each scrape."""
    with Client(seeded_url, NOW, metrics_cache_seconds=0) as client:
        yield client


def scraped(client: Client) -> dict[str, dict[str, float]]:
    """Each gauge of the register by the unit's code; of two units with one code the larger value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    gauges: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if family.name.startswith("motcua_register") or family.name.endswith("_dossiers"):
                assert family.type == "gauge"
                gauges.setdefault(family.name, {})[sample.labels.get("code", "")] = sample.value
    return gauges


def test_open_overdue_and_due_soon_are_those_of_the_work_list(client: Client) -> None:
    clerk, officer = client.token("clerk", TRA_MY), client.token("officer", TRA_MY)
    codes = [received(client, clerk)["code"] for _ in range(4)]
    act(client, officer, codes[0], "finish", outcome="granted")
    act(client, officer, codes[1], "request-supplement", reason="thiếu bản sao")
    everything = set()
    for day in (0, 3, 4):
        client.now = NOW + timedelta(days=day)
        gauges = scraped(client)
        for name, filters in (("open", {}), ("overdue", {"overdue": "true"}), ("due_soon", {"due_soon": "true"})):
            listed = client.get(DOSSIERS, params={"responsible_unit": TRA_MY, **filters}, token=clerk).json()["items"]
            assert gauges[f"motcua_{name}_dossiers"][TRA_MY] == len(listed)
            everything |= {name} if listed else set()
        assert gauges["motcua_register_up"] == {"": 1}
    assert everything == {"open", "overdue", "due_soon"}


def test_units_that_exist_now_or_have_a_dossier_have_a_gauge(client: Client) -> None:
    open_dossiers = scraped(client)["motcua_open_dossiers"]
    assert open_dossiers["20902"] == 0
    assert len(open_dossiers) == 29
    received(client, client.token("clerk", TRA_MY))
    # Five communes since July 2025; a former unit with an open dossier still has a gauge.
    client.now = datetime(2025, 8, 1, 2, tzinfo=UTC)
    later = scraped(client)["motcua_open_dossiers"]
    assert later[TRA_MY] == 1
    assert "20902" not in later


def test_within_moments_the_register_is_counted_once(seeded_url: str) -> None:
    with Client(seeded_url, NOW, metrics_cache_seconds=5) as client:
        clerk = client.token("clerk", TRA_MY)
        assert scraped(client)["motcua_open_dossiers"][TRA_MY] == 0
        received(client, clerk)
        client.now = NOW + timedelta(seconds=4)
        assert scraped(client)["motcua_open_dossiers"][TRA_MY] == 0
        client.now = NOW + timedelta(seconds=5)
        assert scraped(client)["motcua_open_dossiers"][TRA_MY] == 1


def test_without_the_register_the_metrics_of_the_process_remain(empty_database_url: str) -> None:
    with Client(empty_database_url, NOW) as client:
        client.get("/healthz")
        answer = client.get("/metrics")
        assert scraped(client) == {"motcua_register_up": {"": 0}}
        assert 'motcua_requests_total{method="GET",route="/healthz",status="200"} 1.0' in answer.text
        # The register is read again as soon as possible.
        schema.upgrade(empty_database_url)
        assert scraped(client)["motcua_register_up"] == {"": 1}


def test_without_a_calendar_due_soon_is_left_out_and_nothing_is_stored(database_url: str) -> None:
    with Client(database_url, NOW) as client:
        gauges = scraped(client)
        assert gauges["motcua_register_up"] == {"": 1}
        assert "motcua_due_soon_dossiers" not in gauges


class Stricken(Database):
    """A database out of reach, or one that never answers."""

    dialect = "sqlite"

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs
        self.given_up: list[object] = []

    def reading(
        self,
        *,
        snapshot: bool = False,  # noqa: ARG002
        heavy: bool = False,  # noqa: ARG002
        in_turn: bool = True,  # noqa: ARG002
    ) -> AbstractAsyncContextManager[Connection]:
        return _Stricken(self._hangs, self.given_up)

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return _Stricken(self._hangs, self.given_up)

    async def close(self) -> None: ...


class _Stricken(AbstractAsyncContextManager[Connection]):
    def __init__(self, hangs: bool, given_up: list[object]) -> None:
        self._hangs = hangs
        self._given_up = given_up

    async def __aenter__(self) -> Connection:
        if self._hangs:
            try:
                await asyncio.Event().wait()
            finally:
                # A frozen server does not confirm that a statement was cancelled either.
                await asyncio.sleep(3)
                self._given_up.append(self)
        raise DatabaseUnavailable("gone")

    async def __aexit__(self, *_error: object) -> None: ...


@pytest.mark.parametrize("hangs", [False, True], ids=["gone", "hanging"])
def test_a_scrape_does_not_wait_for_a_database_that_does_not_answer(hangs: bool) -> None:
    gauges = RegisterGauges(timedelta(seconds=5), 1, seconds=0.05)

    stricken = Stricken(hangs=hangs)

    async def scraped_together() -> list[bytes]:
        shown = (gauges.shown(stricken, ReferenceCache(), NOW) for _ in range(20))
        # All wait at once, not one after the other.
        return await asyncio.wait_for(asyncio.gather(*shown), timeout=0.9)

    texts = asyncio.run(scraped_together())
    assert not stricken.given_up
    for text in texts:
        assert b"motcua_register_up 0.0" in text
        assert b"motcua_open_dossiers" not in text
