"""Three etcd members and three PostgreSQL nodes under Patroni, with the files of deploy/cluster."""

import json
import os
import shutil
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs.cluster.processes import HOST, Started, children_of, free_ports, is_alive, send, wait_until
from proofs.cluster.programs import Programs, path_of

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "cluster"
NUMBERS = (1, 2, 3)
PASSWORD = "of-a-cluster-for-tests"  # noqa: S105 - it guards nothing but this cluster


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one node, and of its member of etcd."""

    client: int
    peer: int
    patroni: int
    postgresql: int


def new_ports() -> dict[int, Ports]:
    """Free ports for each node."""
    ports = iter(free_ports(4 * len(NUMBERS)))
    return {number: Ports(next(ports), next(ports), next(ports), next(ports)) for number in NUMBERS}


def etcd_member(number: int, ports: dict[int, Ports], folder: Path, programs: Programs) -> Started:
    """A member with the shipped settings at the addresses of this cluster."""
    lines = (DEPLOY / "etcd.env").read_text(encoding="utf-8").splitlines()
    shipped = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    client, peer = f"http://{HOST}:{ports[number].client}", f"http://{HOST}:{ports[number].peer}"
    here = {
        "ETCD_NAME": f"n{number}",
        "ETCD_DATA_DIR": str(folder / f"etcd{number}"),
        "ETCD_LISTEN_CLIENT_URLS": client,
        "ETCD_ADVERTISE_CLIENT_URLS": client,
        "ETCD_LISTEN_PEER_URLS": peer,
        "ETCD_INITIAL_ADVERTISE_PEER_URLS": peer,
        "ETCD_INITIAL_CLUSTER": ",".join(f"n{other}=http://{HOST}:{ports[other].peer}" for other in NUMBERS),
    }
    assert here.keys() <= shipped.keys()
    environment = {**os.environ, **shipped, **here}
    return Started(f"etcd{number}", folder, [*programs.as_user, path_of("etcd")], environment)


class Node:
    """One PostgreSQL server and the Patroni that runs it."""

    def __init__(self, number: int, ports: dict[int, Ports], folder: Path, programs: Programs) -> None:
        self.name = f"n{number}"
        self.ports = ports[number]
        self._data = folder / f"postgresql{number}"
        configuration = _configuration(self.name, folder)
        self.patroni = Started(
            f"patroni{number}",
            folder,
            [*programs.patroni, str(configuration)],
            {**os.environ, **_variables(self.name, ports, self._data, programs.postgresql)},
        )

    def state(self) -> dict[str, Any]:
        """What Patroni says of its node; empty without an answer."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.ports.patroni}/patroni", timeout=2) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.loads(error.read() or b"{}"))
        except (OSError, ValueError):
            return {}

    @property
    def is_primary(self) -> bool:
        state = self.state()
        return state.get("role") in ("primary", "master") and state.get("state") == "running"

    @property
    def is_streaming(self) -> bool:
        return self.state().get("replication_state") == "streaming"

    @property
    def is_synchronous(self) -> bool:
        return bool(self.state().get("sync_standby"))

    @property
    def postmaster(self) -> int | None:
        """The id of PostgreSQL's first process; None if it does not run."""
        file = self._data / "postmaster.pid"
        try:
            process = int(file.read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return None
        return process if is_alive(process) else None

    def _server(self) -> list[int]:
        process = self.postmaster
        return [] if process is None else [process, *children_of(process)]

    def _manager(self) -> list[int]:
        return [self.patroni.pid, *children_of(self.patroni.pid)] if self.patroni.is_running else []

    def kill_postmaster(self) -> None:
        """Kill PostgreSQL's first process only. Patroni lives."""
        process = self.postmaster
        assert process is not None
        send(process, signal.SIGKILL)

    def kill(self) -> None:
        """Kill Patroni and the server, as if the machine were gone."""
        server = self._server()
        self.patroni.kill()
        for process in server:
            send(process, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop Patroni and the server, like a machine that hangs."""
        # The second look at the server stops what it started during the first.
        for processes in (self._manager, self._server, self._server):
            for process in processes():
                send(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let Patroni and the server continue."""
        for process in (*self._server(), *self._manager()):
            send(process, signal.SIGCONT)

    def stop(self) -> None:
        """End Patroni, which ends its server, or the server itself if Patroni is gone."""
        self.thaw()
        self.patroni.stop(60)
        process = self.postmaster
        if process is not None:
            send(process, signal.SIGINT)
            wait_until(lambda: not is_alive(process), 60, f"the end of PostgreSQL on {self.name}")


def _configuration(name: str, folder: Path) -> Path:
    """A folder with the shipped file, and one with what only this machine needs."""
    configuration = folder / f"patroni-{name}"
    configuration.mkdir(exist_ok=True)
    shutil.copyfile(DEPLOY / "patroni.yml", configuration / "10-shipped.yml")
    sockets = folder / "sockets"
    sockets.mkdir(exist_ok=True)
    os.chmod(sockets, 0o777)  # noqa: S103, PTH101 - inside the folder of the cluster's user
    # JSON is YAML.
    own = {"postgresql": {"parameters": {"unix_socket_directories": str(sockets)}}}
    (configuration / "20-here.yml").write_text(json.dumps(own), encoding="utf-8")
    return configuration


def _variables(name: str, ports: dict[int, Ports], data: Path, programs: Path) -> dict[str, str]:
    number = int(name.removeprefix("n"))
    patroni, postgresql = f"{HOST}:{ports[number].patroni}", f"{HOST}:{ports[number].postgresql}"
    return {
        "PATRONI_NAME": name,
        "PATRONI_RESTAPI_LISTEN": patroni,
        "PATRONI_RESTAPI_CONNECT_ADDRESS": patroni,
        "PATRONI_POSTGRESQL_LISTEN": postgresql,
        "PATRONI_POSTGRESQL_CONNECT_ADDRESS": postgresql,
        "PATRONI_POSTGRESQL_DATA_DIR": str(data),
        "PATRONI_POSTGRESQL_BIN_DIR": str(programs),
        "PATRONI_POSTGRESQL_PGPASS": str(data.with_suffix(".pgpass")),
        "PATRONI_ETCD3_HOSTS": ",".join(f"{HOST}:{ports[other].client}" for other in NUMBERS),
        "PATRONI_SUPERUSER_USERNAME": "postgres",
        "PATRONI_SUPERUSER_PASSWORD": PASSWORD,
        "PATRONI_REPLICATION_USERNAME": "replicator",
        "PATRONI_REPLICATION_PASSWORD": PASSWORD,
    }
