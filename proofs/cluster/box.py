"""The cluster in a box: etcd, Patroni, HAProxy and several processes of the service, on the loopback address."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import asyncpg
import httpx

from app.encryption.key_ring import new_key
from app.settings import Settings
from proofs.cluster.nodes import DEPLOY, NUMBERS, PASSWORD, Node, etcd_member, new_ports
from proofs.cluster.processes import HOST, Started, free_ports, wait_until
from proofs.cluster.programs import Programs, path_of, prepared_in
from tests.support.proxy import FOLDER, installed_in
from tests.support.reference import seed, token_at

_ROOT = Path(__file__).resolve().parents[2]
_MOTCUA = [sys.executable, "-c", "from app.cli import main; main()"]
# No rate limits, because a proof sends more requests than any client.
_SETTINGS = {"ADDRESS_RATE": "0", "TOKEN_RATE": "0", "LOOKUP_RATE": "0", "LOG_LEVEL": "warning", "DRAIN_SECONDS": "3"}
_UNIT = "20900"

# How the service reaches its database: by a list of all nodes, or through HAProxy.
Way = Literal["url", "haproxy"]
WAYS: tuple[Way, ...] = ("haproxy", "url")


class Box:
    """A running cluster within the context. Its state is in `folder`, which must be empty."""

    def __init__(self, folder: Path, *, processes: int = 2, way: Way = "haproxy") -> None:
        self._folder = folder
        self._number = processes
        self.way = way
        self.keys = new_key()
        ports = free_ports(3 + processes)
        self.write_port, self.read_port, self._front_port = ports[:3]
        self.service_ports = ports[3:]
        self.address = f"http://{HOST}:{self._front_port}"
        self.services: list[Started] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._end)
            self._started: list[Started] = []
            self._nodes: list[Node] = []
            self._bring_up(prepared_in(self._folder))
            stack.pop_all()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._end()

    def _bring_up(self, programs: Programs) -> None:
        ports = new_ports()
        self.etcd = [etcd_member(number, ports, self._folder, programs) for number in NUMBERS]
        self._nodes = [Node(number, ports, self._folder, programs) for number in NUMBERS]
        for member in self.etcd:
            self._start(member)
        for node in self._nodes:
            node.patroni.start()
        self._start(self._database_proxy())
        self.wait_until_healthy()
        asyncio.run(self._create_database())
        seed(self.url)
        self._start(self._service_proxy())
        self.serve(self.way)

    def _start(self, process: Started) -> None:
        self._started.append(process)
        process.start()

    # --- The cluster --------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> list[Node]:
        """All nodes by their numbers."""
        return self._nodes

    @property
    def primary(self) -> Node:
        """The primary. Raises LookupError while there is none."""
        for node in self._nodes:
            if node.is_primary:
                return node
        raise LookupError("there is no primary")

    @property
    def replicas(self) -> list[Node]:
        """The nodes that are not the primary, the synchronous one first."""
        primary = self.primary
        return sorted((node for node in self._nodes if node is not primary), key=lambda node: not node.is_synchronous)

    def wait_until_healthy(self, seconds: float = 180) -> None:
        """Wait for one primary, two replicas that stream, and a synchronous one among them."""
        wait_until(self._is_healthy, seconds, "a primary and two replicas")

    def _is_healthy(self) -> bool:
        states = [node.state() for node in self._nodes]
        primaries = [state for state in states if state.get("role") in ("primary", "master")]
        streaming = [state for state in states if state.get("replication_state") == "streaming"]
        return len(primaries) == 1 and len(streaming) == 2 and any(state.get("sync_standby") for state in states)

    def wait_for_another_primary(self, before: Node, seconds: float = 90) -> None:
        """Wait until another node than `before` is the primary."""
        others = [node for node in self._nodes if node is not before]
        wait_until(lambda: any(node.is_primary for node in others), seconds, "another primary")

    def switch_over(self) -> None:
        """Change the primary as planned, to the synchronous replica."""
        primary = self.primary
        body = json.dumps({"leader": primary.name}).encode()
        address = f"http://{HOST}:{primary.ports.patroni}/switchover"
        with urllib.request.urlopen(urllib.request.Request(address, body, method="POST"), timeout=60):
            self.wait_for_another_primary(primary)

    def _database_proxy(self) -> Started:
        addresses = {"MOTCUA_WRITE_BIND": f"{HOST}:{self.write_port}", "MOTCUA_READ_BIND": f"{HOST}:{self.read_port}"}
        for number, node in enumerate(self._nodes, start=1):
            addresses[f"MOTCUA_NODE_{number}"] = f"{HOST}:{node.ports.postgresql}"
            addresses[f"MOTCUA_PATRONI_{number}"] = f"{HOST}:{node.ports.patroni}"
        return self._proxy("database-proxy", DEPLOY, addresses)

    def _proxy(self, name: str, source: Path, variables: dict[str, str]) -> Started:
        folder = self._folder / name
        folder.mkdir()
        configuration = installed_in(folder, {}, source)
        command = [path_of("haproxy"), "-db", "-f", str(configuration)]
        return Started(name, self._folder, command, {**os.environ, **variables})

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(
            host=HOST, port=self.write_port, user="postgres", password=PASSWORD, database="postgres"
        )
        await connection.execute(f"CREATE ROLE motcua LOGIN PASSWORD '{PASSWORD}'")
        await connection.execute("CREATE DATABASE motcua OWNER motcua")
        await connection.close()

    # --- The service --------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The database through HAProxy, wherever its primary is."""
        return f"postgresql://motcua:{PASSWORD}@{HOST}:{self.write_port}/motcua"

    def environment(self) -> dict[str, str]:
        """The variables of the service and of its commands."""
        urls = {
            "DATABASE_URL": self.url,
            "READ_DATABASE_URL": self.url.replace(str(self.write_port), str(self.read_port)),
        }
        if self.way == "url":
            nodes = ",".join(f"{HOST}:{node.ports.postgresql}" for node in self._listed)
            listed = f"postgresql://motcua:{PASSWORD}@{nodes}/motcua?target_session_attrs="
            urls = {"DATABASE_URL": f"{listed}read-write", "READ_DATABASE_URL": f"{listed}prefer-standby"}
        known = {name: url for name, url in urls.items() if name.lower() in Settings.model_fields}
        settings = {**_SETTINGS, **known, "KEYS": self.keys}
        return {**os.environ, **{f"MOTCUA_{name}": value for name, value in settings.items()}}

    def serve(self, way: Way, place: int = 0) -> None:
        """Start the processes of the service again. Its list of nodes has the primary at `place`, from 0 on."""
        for process in self.services:
            process.stop()
        self.way = way
        self._listed = self.replicas
        self._listed.insert(place, self.primary)
        self.services = [self._service(number) for number in range(self._number)]
        for process in self.services:
            process.start()
        for number in range(self._number):
            self.wait_for_service(number)
        # The proxy may still take all processes for stopped.
        wait_until(lambda: self.answers("/readyz"), 60, "the service behind HAProxy")

    def _service(self, number: int) -> Started:
        port = self.service_ports[number]
        command = [*_MOTCUA, "serve", "--host", HOST, "--port", str(port)]
        return Started(f"service{number + 1}", self._folder, command, {**self.environment(), "PYTHONPATH": str(_ROOT)})

    def wait_for_service(self, number: int) -> None:
        """Wait until a process of the service takes requests. It is started again if it ended without its database."""

        def takes_requests() -> bool:
            if not self.services[number].is_running:
                self.services[number].start()
            return _is_answered(f"http://{HOST}:{self.service_ports[number]}/readyz/process")

        wait_until(takes_requests, 60, f"process {number + 1} of the service")

    def _service_proxy(self) -> Started:
        names = ["MOTCUA_PROXY_SERVICE", *(f"MOTCUA_PROXY_SERVICE_{number}" for number in range(2, 5))]
        addresses = [f"{HOST}:{port}" for port in self.service_ports]
        variables = dict(zip(names, addresses, strict=False))
        return self._proxy("service-proxy", FOLDER, {"MOTCUA_PROXY_BIND": f"{HOST}:{self._front_port}", **variables})

    def answers(self, path: str) -> bool:
        """True if the service answers with success behind its HAProxy."""
        return _is_answered(f"{self.address}{path}")

    def token(self) -> str:
        """A new token of a supervisor."""
        return token_at(self.url, "supervisor", _UNIT)

    def verification_error(self) -> str | None:
        """The output of `motcua verify` if it fails, otherwise None."""
        environment = {**self.environment(), "MOTCUA_DATABASE_URL": self.url}
        done = subprocess.run(
            [*_MOTCUA, "verify"], cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
        )
        return None if done.returncode == 0 else f"{done.stdout}{done.stderr}".strip()

    def processes(self) -> Iterator[tuple[str, int]]:
        """Name and process id of all that runs."""
        for process in (*self.etcd, *self.services, *self._started[len(self.etcd) :]):
            yield process.name, process.pid
        for node in self._nodes:
            yield node.patroni.name, node.patroni.pid
            if (postmaster := node.postmaster) is not None:
                yield f"postgresql{node.name.removeprefix('n')}", postmaster

    def _end(self) -> None:
        """End everything, the service first and etcd last."""
        for process in self.services:
            process.kill()
        # A planned end needs neither a failover nor the loss of a lease.
        with suppress(TimeoutError):
            for node in sorted(self._nodes, key=lambda node: node.is_primary):
                node.stop()
        for process in reversed(self._started):
            process.send(signal.SIGCONT)
            process.stop()


def _is_answered(address: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(address, timeout=5).is_success
    time.sleep(0.1)
    return False
