"""Measures a succession of a unit with many open dossiers: its time, and how long other requests wait meanwhile.

`python -m benchmarks.successions --dossiers 20000`; with `--root` it measures the service of another checkout.
"""

import argparse
import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

import httpx

from app import clock
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from benchmarks import machine
from benchmarks.database_access import open_database
from benchmarks.dossiers_to_finish import create
from benchmarks.registers import Register, describe, register
from benchmarks.servers import service

# Seconds. The one transaction of former versions takes minutes.
_PATIENCE = 3600
_ACTING = 2
_RECEIVING = 2


@dataclass
class Seen:
    """The requests of some clients while the succession ran: milliseconds of each, and refusals by status."""

    times: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.times:
            return "none answered"
        refusals = f", {len(self.refused)} refused" if self.refused else ""
        return f"{len(self.times)}, median {median(self.times):.0f} ms, longest {max(self.times):.0f} ms{refusals}"


class Clients:
    """Clients that send one request after another until they are stopped."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, number: int, requests: Callable[[int], Iterator[tuple[str, object]]]) -> Seen:
        """Starts clients, each with its own requests."""
        seen = Seen()
        for client in range(number):
            thread = threading.Thread(target=self._send, args=(requests(client), seen))
            thread.start()
            self._threads.append(thread)
        return seen

    def stop(self) -> None:
        """Waits until each client has its last answer."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send(self, requests: Iterator[tuple[str, object]], seen: Seen) -> None:
        with httpx.Client(base_url=self._address, headers=self._headers, timeout=_PATIENCE) as http:
            for path, body in requests:
                if self._ended.is_set():
                    return
                began = time.perf_counter()
                answer = http.post(path, json=body)
                seen.times.append(1000 * (time.perf_counter() - began))
                if not answer.is_success:
                    seen.refused.append(answer.status_code)
                time.sleep(0.02)


def receipts(register: Register, unit: str) -> Iterator[tuple[str, object]]:
    """Receipts at a unit that stays."""
    applicant = {"kind": "person", "name": "Nguyễn Thị Hoa"}
    body = {"procedure": register.procedures[0], "receiving_unit": unit, "channel": "counter", "applicant": applicant}
    for _number in count():
        yield "/api/v1/dossiers", body


def suspensions(codes: list[str]) -> Iterator[tuple[str, object]]:
    """Suspensions and resumptions of dossiers that are to move, the last ones first."""
    for code in reversed(codes):
        yield f"/api/v1/dossiers/{code}/suspend", {"reason": "-", "legal_basis": "-"}
        yield f"/api/v1/dossiers/{code}/resume", {}


async def tokens(url: str) -> tuple[str, str]:
    """New tokens of an administrator and of a supervisor, for all units."""
    database = await open_database(url)
    try:
        administrator = await describe(database, url, Role.ADMINISTRATOR)
        return administrator.token, (await describe(database, url, Role.SUPERVISOR)).token
    finally:
        await database.close()


def measure(kind: str, dossiers: int, root: Path) -> None:
    """Prints the measurement on one kind of database."""
    with register(kind, 200) as made:
        gone, heir, other = made.communes[:3]
        codes = create(made.url, [gone] * dossiers)
        administrator, supervisor = asyncio.run(tokens(made.url))
        with service(made.url, root=root) as server:
            today = local_date(clock.now()).isoformat()
            units = httpx.get(f"{server.address}/api/v1/units", params={"on": today, "limit": 500}).json()["items"]
            unit = next(unit["id"] for unit in units if unit["code"] == gone)
            clients = Clients(server.address, supervisor)
            receiving = clients.start(_RECEIVING, lambda _client: receipts(made, other))
            acting = clients.start(_ACTING, lambda client: suspensions(codes[client::_ACTING]))
            time.sleep(2)
            for seen in (receiving, acting):
                seen.times.clear()
            began = time.perf_counter()
            answer = httpx.post(
                f"{server.address}/api/v1/units/{unit}/succeed",
                json={"into": heir, "on": today},
                headers={"Authorization": f"Bearer {administrator}"},
                timeout=_PATIENCE,
            )
            seconds = time.perf_counter() - began
            clients.stop()
        print(f"{made.description}: {answer.status_code}, {answer.json().get('moved')} dossiers in {seconds:.1f} s")
        print(f"  receipts elsewhere: {receiving}")
        print(f"  actions on dossiers of the unit: {acting}", flush=True)


def main() -> None:
    """Measures by the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=20_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    arguments = parser.parse_args()
    print(machine.description())
    measure(arguments.database, arguments.dossiers, arguments.root)


if __name__ == "__main__":
    main()
