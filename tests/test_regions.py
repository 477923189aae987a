"""Several regions: their figures are summed, a missing one is named, and codes and units lead to theirs."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from app.domain.errors import Conflict
from app.regions.application import create_app
from app.regions.maps import PublicUnit, maps_of, public_units
from app.regions.sums import sum_of
from app.settings import Settings, regions_of
from app.statistics.on_time.presenting import row_data
from app.statistics.on_time.schemas import OnTimeRowOut
from proofs.regions.checks import checked
from proofs.regions.country import Country
from tests.support.proxy import program

NATIONAL = "/api/v1/national/on-time"
NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
REGIONS = "da-nang=http://da-nang.test,ha-noi=http://ha-noi.test"

Handler = Callable[[httpx.Request], httpx.Response]


def test_codes_and_units_lead_to_their_region_and_the_country_goes_on_without_a_dead_one(tmp_path: Path) -> None:
    program()
    with Country(tmp_path) as country:
        assert [check for check in checked(country, "killed") if check.breach is not None] == []


# --- Sums -------------------------------------------------------------------------------------------------------------


def row(**figures: int) -> OnTimeRowOut:
    counts = Counter({name.replace("__", "."): number for name, number in figures.items()})
    return OnTimeRowOut.model_validate(row_data("total", None, "Tổng cộng", counts))


def test_a_sum_has_counts_numerators_and_denominators_and_a_rate_of_its_own() -> None:
    small = row(received__counter=1, finished__late=1)
    large = row(received__online=99, finished__early=98, finished__on_time=1)
    total = sum_of([small, large])
    assert (total.received.total, total.received.counter, total.received.online) == (100, 1, 99)
    assert (total.rate_of_finished.numerator, total.rate_of_finished.denominator) == (99, 100)
    # The mean of the rates would be 0.5.
    assert total.rate_of_finished.value == 0.99


def test_a_sum_of_regions_is_the_row_of_all_their_dossiers() -> None:
    parts = [
        {"received__postal": 3, "open__total": 2, "open__overdue": 1, "submitted__new": 4},
        {"received__postal": 5, "carried_over": 7, "finished__late": 2, "withdrawn__total": 1, "withdrawn__overdue": 1},
        {},
    ]
    together = Counter[str]()
    for part in parts:
        together.update(part)
    assert sum_of([row(**part) for part in parts]) == row(**together)


def test_no_region_with_a_denominator_gives_no_rate() -> None:
    assert sum_of([row(), row()]).rate_of_finished.value is None


# --- The answer -------------------------------------------------------------------------------------------------------


class National:
    """The application of the national figures, over regions that a test plays."""

    def __init__(self, regions: Mapping[str, Handler]) -> None:
        self.now = NOW
        self.regions = dict(regions)
        self.asked: list[httpx.Request] = []
        settings = Settings(regions=REGIONS, region_seconds=0.2)
        self._app = create_app(settings, lambda: self.now, httpx.MockTransport(self._answer))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.regions[request.url.host.removesuffix(".test")](request)
        if answer.headers.get("x-late"):
            await asyncio.sleep(5)
        return answer

    def ask(self, *paths: str) -> list[httpx.Response]:
        """The answers to GETs of one process, in turn."""

        async def ask() -> list[httpx.Response]:
            async with self._app.router.lifespan_context(self._app):
                transport = httpx.ASGITransport(self._app)
                async with httpx.AsyncClient(transport=transport, base_url="http://national.test") as http:
                    return [await http.get(path) for path in paths]

        return asyncio.run(ask())


def figures(received: int, as_of: str = "2021-08-16T08:30:00+07:00") -> Handler:
    """A region that answers, with a field that this version does not know."""

    def answer(request: httpx.Request) -> httpx.Response:
        total = row(received__counter=received).model_dump(mode="json")
        asked = request.url.params
        body = {"by": "channel", "basis": "responsible", "from": asked["from"], "to": asked["to"], "as_of": as_of}
        return httpx.Response(200, json={**body, "rows": [], "changed_since": None, "total": total, "new": 1})

    return answer


def problem(status: int, code: str) -> Handler:
    return lambda _request: httpx.Response(status, json={"code": code, "status": status})


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def test_figures_of_all_regions_are_added_with_the_instant_of_each() -> None:
    national = National({"da-nang": figures(2), "ha-noi": figures(3, "2021-08-16T08:29:00+07:00")})
    (answer,) = national.ask(NATIONAL)
    body = answer.json()
    assert body["total"]["received"]["total"] == 5
    assert [(part["region"], part["as_of"]) for part in body["regions"]] == [
        ("da-nang", "2021-08-16T08:30:00+07:00"),
        ("ha-noi", "2021-08-16T08:29:00+07:00"),
    ]
    assert body["as_of"] == "2021-08-16T08:29:00+07:00"
    assert (body["is_complete"], body["missing"]) == (True, [])


def test_every_region_is_asked_for_the_same_days_by_the_same_filters() -> None:
    national = National({"da-nang": figures(1), "ha-noi": figures(1)})
    national.ask(f"{NATIONAL}?field=H%E1%BB%99+t%E1%BB%8Bch&field=Y+t%E1%BA%BF&channel=online")
    assert [str(request.url.params) for request in national.asked] == [
        "by=channel&from=2021-01-01&to=2021-08-16&field=H%E1%BB%99+t%E1%BB%8Bch&field=Y+t%E1%BA%BF&channel=online"
    ] * 2


@pytest.mark.parametrize(
    ("region", "reason", "code"),
    [
        (unreachable, "no_answer", None),
        (lambda _request: httpx.Response(200, headers={"x-late": "1"}), "no_answer", None),
        (problem(503, "standby"), "unavailable", "standby"),
        (problem(429, "too_many_requests"), "unavailable", "too_many_requests"),
        (lambda _request: httpx.Response(502, text="<html>"), "unavailable", None),
        (problem(422, "unknown_procedure"), "refused", "unknown_procedure"),
        (lambda _request: httpx.Response(200, json={"total": 7}), "not_understood", None),
    ],
)
def test_a_region_without_figures_is_named_with_the_reason(region: Handler, reason: str, code: str | None) -> None:
    (answer,) = National({"da-nang": figures(2), "ha-noi": region}).ask(NATIONAL)
    body = answer.json()
    assert answer.status_code == 200
    assert body["total"]["received"]["total"] == 2
    assert body["is_complete"] is False
    (missing,) = body["missing"]
    assert (missing["region"], missing["reason"], missing["code"]) == ("ha-noi", reason, code)
    assert (missing["last_answer_at"], missing["seconds_since"]) == (None, None)


def test_a_missing_region_has_the_time_since_its_last_answer() -> None:
    national = National({"da-nang": figures(2), "ha-noi": figures(3)})

    def failing(request: httpx.Request) -> httpx.Response:
        national.now = NOW + timedelta(seconds=90)
        return unreachable(request)

    def first_then_failing(request: httpx.Request) -> httpx.Response:
        national.regions["ha-noi"] = failing
        return figures(3)(request)

    national.regions["ha-noi"] = first_then_failing
    complete, partial = national.ask(NATIONAL, NATIONAL)
    assert complete.json()["is_complete"] is True
    (missing,) = partial.json()["missing"]
    assert (missing["last_answer_at"], missing["seconds_since"]) == ("2021-08-16T08:30:00+07:00", 90)


def test_without_any_region_the_answer_is_a_problem_that_names_them_all() -> None:
    (answer,) = National({"da-nang": unreachable, "ha-noi": problem(422, "unknown_field")}).ask(NATIONAL)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert [(entry["region"], entry["reason"]) for entry in answer.json()["missing"]] == [
        ("da-nang", "no_answer"),
        ("ha-noi", "refused"),
    ]


def test_a_question_that_all_regions_refuse_is_refused_as_they_do() -> None:
    refusing = problem(422, "unknown_procedure")
    (answer,) = National({"da-nang": refusing, "ha-noi": refusing}).ask(f"{NATIONAL}?procedure=9.9")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_procedure")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("unit=20900", "unknown_parameter"),
        ("period=2021-Q9", "period_unknown"),
        ("from=2030-01-01", "period_in_future"),
        ("channel=fax", "invalid"),
    ],
)
def test_a_wrong_question_is_refused_before_any_region_is_asked(query: str, code: str) -> None:
    national = National({"da-nang": figures(1), "ha-noi": figures(1)})
    (answer,) = national.ask(f"{NATIONAL}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert national.asked == []


# --- The maps of the proxy --------------------------------------------------------------------------------------------


def units(**identifiers: str) -> list[PublicUnit]:
    return [PublicUnit(code=code, agency_identifier=identifier) for code, identifier in identifiers.items()]


def test_maps_have_the_province_part_of_both_forms_and_the_codes_of_units(tmp_path: Path) -> None:
    maps = maps_of({"da-nang": units(a1="000.00.44.H17", a2="000.31.15.H47"), "ha-noi": units(b1="H26.45", b2="H26")})
    maps.write(tmp_path)
    assert (tmp_path / "provinces.map").read_text() == "H17 da-nang\nH26 ha-noi\nH47 da-nang\n"
    assert (tmp_path / "units.map").read_text() == "a1 da-nang\na2 da-nang\nb1 ha-noi\nb2 ha-noi\n"


def test_a_province_part_of_two_regions_is_refused() -> None:
    with pytest.raises(Conflict) as refusal:
        maps_of({"da-nang": units(a1="000.00.44.H17"), "ha-noi": units(b1="H26", b2="H17.45")})
    assert refusal.value.code == "province_of_two_regions"
    assert "H17 are in da-nang and ha-noi" in refusal.value.detail


def test_a_unit_code_of_two_regions_leads_to_none() -> None:
    maps = maps_of({"da-nang": units(a1="H17.01", same="H17"), "ha-noi": units(b1="H26.01", same="H26")})
    assert dict(maps.units) == {"a1": "da-nang", "b1": "ha-noi"}
    assert dict(maps.shared) == {"same": ["da-nang", "ha-noi"]}


def test_all_pages_of_a_region_are_read() -> None:
    pages = {
        None: {"items": [{"code": "1", "agency_identifier": "H17.01", "id": 1}], "next_cursor": "more"},
        "more": {"items": [{"code": "2", "agency_identifier": "H17.02", "id": 2}], "next_cursor": None},
    }

    async def read() -> list[PublicUnit]:
        transport = httpx.MockTransport(lambda asked: httpx.Response(200, json=pages[asked.url.params.get("cursor")]))
        async with httpx.AsyncClient(transport=transport) as http:
            return await public_units(http, "http://da-nang.test")

    assert [unit.code for unit in asyncio.run(read())] == ["1", "2"]


def test_the_shipped_maps_and_the_configuration_name_the_same_regions() -> None:
    folder = Path(__file__).resolve().parents[1] / "deploy" / "regions"
    named = {
        line.split()[1]
        for name in ("provinces.map", "units.map", "hosts.map")
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    }
    text = (folder / "haproxy.cfg").read_text(encoding="utf-8")
    assert named == {"da-nang", "ha-noi"}
    assert all(f"\nbackend {region}\n" in text for region in named)


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_regions_are_read_in_their_order() -> None:
    settings = Settings(regions=" ha-noi=https://10.0.2.1:8443/ , da-nang=http://10.0.1.1")
    assert list(regions_of(settings).items()) == [("ha-noi", "https://10.0.2.1:8443"), ("da-nang", "http://10.0.1.1")]
    assert regions_of(Settings()) == {}


@pytest.mark.parametrize(
    "text", ["da-nang", "Đà Nẵng=http://a", "a=ftp://b", "a=http://", "a=http://b/path", "a=http://b,a=http://c"]
)
def test_a_wrong_list_of_regions_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(regions=text)
