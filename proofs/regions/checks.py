"""Questions to the country while both regions live, while one has failed, and after it is back."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any

import httpx

from proofs.regions.country import COUNTERS, Country, Fault

DEAD, LIVING = "ha-noi", "da-nang"
NATIONAL = "/api/v1/national/on-time"
# Longest time until the proxy notices a region that failed: two checks, a second apart, of two seconds each.
NOTICED_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, and the answer that breaks it; None if it is kept."""

    promise: str
    breach: str | None


def checked(country: Country, *faults: Fault) -> Iterator[Check]:
    """Each check in turn. A region fails in each way, and comes back."""
    yield from _codes(country)
    yield from _units(country)
    yield from _whole_country(country)
    for fault in faults:
        country.fail(DEAD, fault)
        yield from _noticed(country, fault)
        yield from _dead(country)
        yield from _partial_country(country)
        country.repair(DEAD, fault)
        yield from _back(country)


def _codes(country: Country) -> Iterator[Check]:
    for region, codes in country.codes.items():
        for code, beginning in zip(codes, COUNTERS[region].values(), strict=True):
            promise = f"{code.rpartition('-')[0]}-… leads to {region}"
            answers = [country.get(f"/api/v1/lookup/{typed}") for typed in _typings(code)]
            answers += [country.get(f"/d/{code}", accept="text/html"), country.get(f"/api/v1/lookup/{code}/deadline")]
            right = code.startswith(f"{beginning}-") and all(answer.status_code == 200 for answer in answers)
            yield _check(promise, answers[0], right)
    typed = country.get(f"/d?code={country.codes[DEAD][0].lower()}", accept="text/html")
    right = typed.is_redirect and typed.headers["location"] == f"/d/{country.codes[DEAD][0]}"
    yield _check("a code typed on the common page leads to its address", typed, right)
    former = country.get("/api/v1/lookup/000.31.15.H47-210816-0001")
    yield _check("H47 leads to the region that took the province over", former, _is_own_refusal(former))
    forgotten = country.get("/api/v1/lookup/000.31.15.H98-210816-0001")
    right = forgotten.status_code == 503 and forgotten.json()["region"] == "without-backend"
    yield _check("no region answers for one that the proxy has no backend for", forgotten, right)
    nowhere = country.get("/api/v1/lookup/000.31.15.H99-210816-0001")
    right = nowhere.status_code == 404 and "No region has codes of H99" in nowhere.text
    yield _check("a code of no region is named as such", nowhere, right)


def _units(country: Country) -> Iterator[Check]:
    for region, counters in COUNTERS.items():
        unit = next(iter(counters))
        answer = country.get(f"/api/v1/statistics/on-time?unit={unit}&by=unit")
        right = answer.status_code == 200 and [row["key"] for row in answer.json()["rows"]] == [unit]
        yield _check(f"unit {unit} leads to {region}", answer, right)
        host = f"{region}.motcua.example.vn"
        listed = country.get("/api/v1/units?kind=commune&limit=500", host=host)
        right = listed.status_code == 200 and unit in {entry["code"] for entry in listed.json()["items"]}
        yield _check(f"{host} leads to {region}", listed, right)
    lost = country.get("/api/v1/dossiers")
    yield _check("a list without region is refused, not answered by any", lost, lost.status_code == 404)


def _whole_country(country: Country) -> Iterator[Check]:
    answer = country.get(NATIONAL)
    yield _check("national figures are the sum of both", answer, _has(answer, received=3, missing=[]))


def _noticed(country: Country, fault: Fault) -> Iterator[Check]:
    """The living region answers each look-up while the other one fails, and the proxy soon names that one."""
    (code, *_rest), (dead_code, *_more) = country.codes[LIVING], country.codes[DEAD]
    over = Event()

    def looked_up() -> list[httpx.Response]:
        answers = []
        while not over.is_set():
            answers.append(country.get(f"/api/v1/lookup/{code}"))
            over.wait(0.05)
        return answers

    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(looked_up)
        began = time.monotonic()
        named = _within(NOTICED_SECONDS, lambda: _names_dead(country, dead_code))
        seconds = time.monotonic() - began
        over.set()
    wrong = [answer.text for answer in answers.result() if answer.status_code != 200]
    promise = f"{fault} {DEAD}: all {len(answers.result())} look-ups of {LIVING} succeeded"
    yield Check(promise, wrong[0] if wrong else None)
    promise = f"{fault} {DEAD}: the proxy named it after {seconds:.1f} s (bound {NOTICED_SECONDS:.0f} s)"
    yield Check(promise, None if named else "not named")


def _names_dead(country: Country, code: str) -> bool:
    # A request that the region never answered may end without an answer.
    with suppress(httpx.TransportError):
        return f"The region {DEAD} does not answer" in country.get(f"/api/v1/lookup/{code}").text
    return False


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return time.monotonic() <= until


def _dead(country: Country) -> Iterator[Check]:
    code = country.codes[DEAD][0]
    problem = country.get(f"/api/v1/lookup/{code}")
    right = (
        problem.status_code == 503
        and problem.headers["content-type"] == "application/problem+json"
        and int(problem.headers["retry-after"]) > 0
        and (problem.json()["code"], problem.json()["region"]) == ("unavailable", DEAD)
    )
    yield _check("programs get 503 with the region and Retry-After", problem, right)
    page = country.get(f"/d/{code}", accept="text/html")
    yield _check("people get a page that names it", page, page.status_code == 503 and "Hà Nội" in page.text)
    start = country.get("/", accept="text/html")
    yield _check("the page to type a code is still there", start, start.status_code == 200)


def _partial_country(country: Country) -> Iterator[Check]:
    answer = country.get(NATIONAL)
    right = _has(answer, received=1, missing=[DEAD])
    if right:
        (entry,) = answer.json()["missing"]
        right = entry["reason"] == "no_answer" and entry["seconds_since"] >= 0
    yield _check("national figures name the missing region and its age", answer, right)


def _back(country: Country) -> Iterator[Check]:
    path = f"/api/v1/lookup/{country.codes[DEAD][0]}"
    _within(NOTICED_SECONDS, lambda: country.get(path).status_code == 200)
    answer = country.get(path)
    yield _check("look-ups of the region are back", answer, answer.status_code == 200)
    figures = country.get(NATIONAL)
    yield _check("national figures are complete again", figures, _has(figures, received=3, missing=[]))


def _typings(code: str) -> list[str]:
    """The code as it stands on the slip, and as people type it."""
    return [code, code.lower(), code.replace("-", "%20%E2%80%93%20"), f"%20{code}"]


def _is_own_refusal(answer: httpx.Response) -> bool:
    """A service refused an unknown code, not the proxy."""
    return answer.status_code == 404 and answer.json()["code"] == "unknown_dossier" and "region" not in answer.text


def _has(answer: httpx.Response, *, received: int, missing: list[str]) -> bool:
    """The figures count that many dossiers, lack these regions only, and have the `as_of` of each other one."""
    if answer.status_code != 200:
        return False
    figures: dict[str, Any] = answer.json()
    parts = [region["total"]["received"]["total"] for region in figures["regions"]]
    return (
        figures["total"]["received"]["total"] == sum(parts) == received
        and [entry["region"] for entry in figures["missing"]] == missing
        and figures["is_complete"] is not bool(missing)
        and figures["as_of"] == min(region["as_of"] for region in figures["regions"])
    )


def _check(promise: str, answer: httpx.Response, right: bool) -> Check:
    return Check(promise, None if right else f"{answer.status_code} {answer.text[:500]}")
