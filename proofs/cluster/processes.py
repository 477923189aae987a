"""Processes that the cluster starts, each in a session of its own, and signals to them by process id."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"
# Below the ports that the kernel gives to outgoing connections: a restarted process finds its port free.
_PORTS = range(12_000, 32_000)


def free_ports(number: int) -> list[int]:
    """Different free ports of the loopback address."""
    ports: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            ports.append(port)
        if len(ports) == number:
            return ports
    raise RuntimeError("there are not enough free ports")


class Started:
    """A program that can be started again, with its log beside it. Ctrl-C does not reach it."""

    def __init__(self, name: str, folder: Path, command: Sequence[str], environment: Mapping[str, str]):
        self.name = name
        self._folder = folder
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the process, which may have ended. Raises RuntimeError before the start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program."""
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        if self.is_running:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> None:
        """Wait for the end of the process. Raises TimeoutExpired."""
        if self._process is not None:
            self._process.wait(seconds)

    def kill(self) -> None:
        """Kill the process and its children, and wait for its end."""
        if self._process is not None and self.is_running:
            for process in (self.pid, *children_of(self.pid)):
                send(process, signal.SIGKILL)
            self._process.wait(30)

    def stop(self, seconds: float = 30) -> None:
        """Ask the process to end, wait for that, and kill it after the time."""
        if self._process is None:
            return
        self.send(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()


def send(process: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(process, number)


def is_alive(process: int) -> bool:
    """True if the process runs or is stopped, and is no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(parent: int) -> list[int]:
    """The ids of the direct children of a process."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # The parent is the second field after a name in brackets.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                children.append(int(stat.parent.name))
    return children


def wait_until(condition: Callable[[], object], seconds: float, purpose: str) -> None:
    """Wait until the condition is true. Raises TimeoutError with the purpose."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"{purpose}: not after {seconds:.0f} s")
        time.sleep(0.1)
