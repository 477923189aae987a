"""Concurrent requests: codes without duplicates or gaps, and consistent journals."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Call, Client
from tests.support.reference import token_at

CLIENTS, EACH = 16, 8


def test_sixteen_clients_at_one_unit_get_codes_without_duplicates_or_gaps(app_client: Client) -> None:
    tokens = [app_client.token("clerk", "20899", client=f"counter {number}") for number in range(CLIENTS)]
    calls = [Call("POST", DOSSIERS, guardianship(), token) for token in tokens for _ in range(EACH)]
    answers = app_client.together(calls)

    assert {answer.status_code for answer in answers} == {201}
    ordinals = sorted(int(answer.json()["code"].rsplit("-", 1)[1]) for answer in answers)
    assert ordinals == list(range(1, CLIENTS * EACH + 1))


def test_of_two_conflicting_actions_one_is_recorded(app_client: Client) -> None:
    clerk, officer = app_client.token("clerk", "20899"), app_client.token("officer", "20899")
    for _round in range(10):
        code = received(app_client, clerk)["code"]
        answers = app_client.together(
            [
                Call("POST", f"{DOSSIERS}/{code}/withdraw", {"request": "đơn rút"}, clerk),
                Call("POST", f"{DOSSIERS}/{code}/finish", {"outcome": "granted"}, officer),
            ]
        )
        entries = app_client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"]
        final = app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        accepted = next(answer.json() for answer in answers if answer.status_code == 200)
        assert [entry["sequence"] for entry in entries] == [1, 2]
        assert (final["status"], final["version"]) == (accepted["status"], 2)


def test_compatible_concurrent_actions_are_all_recorded(app_client: Client) -> None:
    clerk, officer = app_client.token("clerk", "20899"), app_client.token("officer", "20899")
    code = received(app_client, clerk)["code"]
    calls = [Call("POST", f"{DOSSIERS}/{code}/take", {"officer": f"Cán bộ {n}"}, officer) for n in range(CLIENTS)]
    answers = app_client.together(calls)
    entries = app_client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"]

    assert {answer.status_code for answer in answers} == {200}
    assert [entry["sequence"] for entry in entries] == list(range(1, CLIENTS + 2))
    assert {entry["officer"] for entry in entries[1:]} == {f"Cán bộ {n}" for n in range(CLIENTS)}


def test_concurrent_changes_of_the_applicant_are_applied_one_after_another(app_client: Client) -> None:
    supervisor = app_client.token("supervisor")
    path = f"{DOSSIERS}/{received(app_client, supervisor)['code']}"
    changes = [Call("PATCH", path, {"applicant": {"phone": f"090512345{n}"}}, supervisor) for n in range(5)]
    answers = app_client.together([*changes, Call("POST", f"{path}/take", {}, supervisor)])
    assert [answer.status_code for answer in answers] == [200] * 6
    dossiers = sorted((answer.json() for answer in answers), key=lambda dossier: dossier["version"])
    assert [dossier["version"] for dossier in dossiers] == [2, 3, 4, 5, 6, 7]
    last = dossiers[-1]
    assert app_client.get(path, token=supervisor).json()["applicant"]["phone"] == last["applicant"]["phone"]


def test_two_processes_share_the_register(
    seeded_url: str, live_server: Callable[..., AbstractContextManager[str]]
) -> None:
    token = token_at(seeded_url, "clerk", "20900")
    with live_server(workers=2) as address:
        answers = asyncio.run(_send(address, token))

    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers][:1]
    by_day: dict[str, list[int]] = {}
    for answer in answers:
        day, ordinal = answer.json()["code"].rsplit("-", 1)
        by_day.setdefault(day, []).append(int(ordinal))
    for ordinals in by_day.values():
        assert sorted(ordinals) == list(range(1, len(ordinals) + 1))


def test_of_two_conflicting_actions_in_two_processes_one_is_recorded(
    seeded_url: str, live_server: Callable[..., AbstractContextManager[str]]
) -> None:
    clerk, officer = token_at(seeded_url, "clerk", "20900"), token_at(seeded_url, "officer", "20900")
    with live_server(workers=2) as address:
        rounds = asyncio.run(_contend(address, clerk, officer, 12))

    for statuses, entries, dossier in rounds:
        assert sorted(statuses) == [200, 409]
        assert [entry["sequence"] for entry in entries] == [1, 2]
        status = {"withdraw": "withdrawn", "finish": "finished"}[entries[1]["type"]]
        assert (dossier["status"], dossier["version"]) == (status, 2)


async def _contend(address: str, clerk: str, officer: str, number: int) -> list[Any]:
    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    rounds = []
    for _round in range(number):
        # New connections in each round, so that the two requests may reach different processes.
        async with (
            httpx.AsyncClient(base_url=address, headers=bearer(clerk), timeout=60) as counter,
            httpx.AsyncClient(base_url=address, headers=bearer(officer), timeout=60) as office,
        ):
            body = guardianship(receiving_unit="20900")
            del body["at"]
            path = f"{DOSSIERS}/{(await counter.post(DOSSIERS, json=body)).json()['code']}"
            answers = await asyncio.gather(
                counter.post(f"{path}/withdraw", json={"request": "đơn rút"}),
                office.post(f"{path}/finish", json={"outcome": "granted"}),
            )
            entries = (await counter.get(f"{path}/journal")).json()["items"]
            statuses = [answer.status_code for answer in answers]
            rounds.append((statuses, entries, (await counter.get(path)).json()))
    return rounds


def test_a_worker_with_an_outdated_copy_receives_by_the_present_version(seeded_url: str) -> None:
    version = {"effective_from": "2021-08-16", "limits": {"amount": 5, "unit": "working_day"}}
    with Client(seeded_url, NOW) as first, Client(seeded_url, NOW) as second:
        clerk, administrator = first.token("clerk", "20899"), first.token("administrator")
        before = received(first, clerk)
        created = second.post("/api/v1/procedures/1.004837/versions", version, token=administrator)
        after = received(first, clerk)

    assert created.status_code == 201, created.text
    assert (before["due_date"], after["due_date"]) == ("2021-08-19", "2021-08-23")
    assert after["code"].endswith("-0002")


def test_a_worker_with_an_outdated_copy_accepts_a_new_procedure(seeded_url: str) -> None:
    procedure = {
        "code": "9.990001",
        "name": "Thủ tục mới",
        "field": "Hộ tịch",
        "level": "commune",
        "versions": [{"effective_from": "2021-08-16", "limits": {"amount": 5, "unit": "working_day"}}],
    }
    with Client(seeded_url, NOW) as first, Client(seeded_url, NOW) as second:
        clerk, administrator = first.token("clerk", "20899"), first.token("administrator")
        received(first, clerk)
        catalogue = second.get("/api/v1/catalogues").json()["items"][0]["id"]
        created = second.post("/api/v1/procedures", {**procedure, "catalogue": catalogue}, token=administrator)
        dossier = received(first, clerk, procedure="9.990001")

    assert created.status_code == 201, created.text
    assert dossier["limit"]["amount"] == 5


async def _send(address: str, token: str) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=60) as client:
        body = guardianship(receiving_unit="20900")
        del body["at"]
        return await asyncio.gather(*(client.post(DOSSIERS, json=body) for _ in range(CLIENTS * EACH)))
