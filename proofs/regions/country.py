"""Two regions with registers of their own, the national figures, and HAProxy in front of all, on one machine."""

import signal
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import httpx

from app.database import Database
from app.database.tables import units
from proofs.cluster.processes import HOST, Started, free_ports, wait_until
from proofs.crash_servers import MOTCUA, ROOT, environment, register
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.database_access import in_database
from tests.support.proxy import FOLDER, installed_in, program
from tests.support.reference import token_at

REGIONS = ("da-nang", "ha-noi")
# Units of today with a counter: for each region the code, and the beginning of the codes of its dossiers.
COUNTERS = {"da-nang": {"20900": "000.00.44.H17"}, "ha-noi": {"00900": "000.00.44.H26", "00908": "H26.45"}}
_PATIENCE = 60.0

Fault = Literal["killed", "frozen"]


class Country:
    """Starts everything in `folder`. `kind` of the registers: "sqlite" or "postgresql"."""

    def __init__(self, folder: Path, kind: str = "sqlite") -> None:
        self._folder = folder
        self._kind = kind
        self._stack = ExitStack()
        self.services: dict[str, Started] = {}
        self.addresses: dict[str, str] = {}
        self.codes: dict[str, list[str]] = {}
        self.edge = ""

    def __enter__(self) -> Self:
        with ExitStack() as undone_on_failure:
            undone_on_failure.push(self._stack)
            for region in REGIONS:
                self._start_region(region)
            self._start_edge()
            undone_on_failure.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def get(self, path: str, *, host: str = "", accept: str = "application/json") -> httpx.Response:
        """The answer of the edge to a GET."""
        headers = {"Accept": accept, **({"Host": host} if host else {})}
        return httpx.get(f"{self.edge}{path}", headers=headers, timeout=30)

    def fail(self, region: str, fault: Fault) -> None:
        """Kill or freeze the service of a region."""
        if fault == "killed":
            self.services[region].kill()
        else:
            self.services[region].send(signal.SIGSTOP)

    def repair(self, region: str, fault: Fault) -> None:
        """End the fault, and wait until the service is ready."""
        if fault == "killed":
            self.services[region].start()
        else:
            self.services[region].send(signal.SIGCONT)
        _wait(f"{self.addresses[region]}/readyz")

    def _start_region(self, region: str) -> None:
        target = self._stack.enter_context(register(self._kind))
        if region == "ha-noi":
            in_database(target.url, _as_ha_noi)
        port = self._started(region, [*MOTCUA, "serve"], environment(target.url), "/readyz")
        self.addresses[region] = f"http://{HOST}:{port}"
        self.codes[region] = [self._receipt(region, token_at(target.url, "clerk", unit)) for unit in COUNTERS[region]]

    def _receipt(self, region: str, token: str) -> str:
        """The code of a new dossier, received now at the counter of the token's unit."""
        body = guardianship(applicant={"name": "Nguyễn Thị Hoa"})
        del body["receiving_unit"], body["at"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{self.addresses[region]}{DOSSIERS}", json=body, headers=headers, timeout=30)
        code: str = answer.raise_for_status().json()["code"]
        return code

    def _start_edge(self) -> None:
        """Start the national figures, let the command write the maps, and start the proxy."""
        regions = ",".join(f"{region}={address}" for region, address in self.addresses.items())
        variables = {**environment("sqlite:///unused.db"), "MOTCUA_REGIONS": regions, "MOTCUA_REGION_SECONDS": "2"}
        national = self._started("national", [*MOTCUA, "regions", "serve"], variables, "/healthz")
        file = installed_in(self._folder, {}, source=FOLDER.parent / "regions")
        subprocess.run(
            [*MOTCUA, "regions", "maps", str(file.parent)], cwd=ROOT, env=variables, check=True, capture_output=True
        )
        with (file.parent / "provinces.map").open("a", encoding="utf-8") as provinces:
            provinces.write("H98 without-backend\n")
        (port,) = free_ports(1)
        addresses = {f"MOTCUA_{name.upper().replace('-', '_')}": url[7:] for name, url in self.addresses.items()}
        own = {"MOTCUA_EDGE_BIND": f"{HOST}:{port}", "MOTCUA_NATIONAL": f"{HOST}:{national}"}
        self._run("edge", [program(), "-db", "-f", str(file)], {**variables, **addresses, **own})
        self.edge = f"http://{HOST}:{port}"
        for code in (codes[0] for codes in self.codes.values()):
            _wait(f"{self.edge}/api/v1/lookup/{code}")
        _wait(f"{self.edge}/api/v1/national/on-time")

    def _started(self, name: str, command: list[str], variables: Mapping[str, str], ready: str) -> int:
        """Start a server of the project and wait for it. The result is its port."""
        (port,) = free_ports(1)
        self.services[name] = self._run(name, [*command, "--host", HOST, "--port", str(port)], variables)
        _wait(f"http://{HOST}:{port}{ready}")
        return port

    def _run(self, name: str, command: list[str], variables: Mapping[str, str]) -> Started:
        process = Started(name, self._folder, command, {**variables, "PYTHONPATH": str(ROOT)})
        process.start()
        self._stack.callback(process.kill)
        return process


async def _as_ha_noi(database: Database) -> None:
    """Turns the units of the reference data into others: identifiers of H26, codes that begin with 0."""
    async with database.writing() as connection:
        for unit in await connection.all(units.select()):
            levels = unit.agency_identifier.split(".")
            identifier = ".".join(
                ["H26", levels[2]] if unit.code == "20908" and levels[2] == "45" else [*levels[:3], "H26"]
            )
            values = {"code": f"0{unit.code[1:]}", "agency_identifier": identifier}
            await connection.run(units.update().where(units.c.id == unit.id).values(values))


def _wait(url: str) -> None:
    def answers() -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(url, timeout=10).is_success
        return False

    wait_until(answers, _PATIENCE, url)
