"""HAProxy with the project's configuration in front of a service."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.live import free_port

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "haproxy"
# Debian's folder is not in every user's PATH.
_PROGRAM = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


def program() -> str:
    """The path of HAProxy. Without it the test is skipped, or fails if REQUIRE_PROXY is set."""
    if _PROGRAM is None:
        if os.environ.get("REQUIRE_PROXY"):
            pytest.fail("REQUIRE_PROXY is set, and no HAProxy is installed (Debian: apt install haproxy).")
        pytest.skip("needs HAProxy")
    return _PROGRAM


def installed_in(folder: Path, changes: dict[str, str], source: Path = FOLDER) -> Path:
    """Copies the configuration, replaces lines (which must exist), and returns the file.

    Without root HAProxy keeps the user that starts it.
    """
    copy = shutil.copytree(source, folder / "haproxy") / "haproxy.cfg"
    text = copy.read_text(encoding="utf-8")
    if os.geteuid() != 0:
        changes = {"user haproxy": "", "group haproxy": "", **changes}
    for line, replacement in changes.items():
        assert f"    {line}\n" in text, line
        text = text.replace(f"    {line}\n", f"    {replacement}\n")
    copy.write_text(text, encoding="utf-8")
    return copy


@contextmanager
def proxied(service: str, folder: Path, changes: dict[str, str], *, bind: str = "") -> Iterator[str]:
    """The base address of HAProxy in front of `service` (a base address), until the context ends.

    `changes`: those of `installed_in`. `bind`: options after the address in the bind line.
    """
    port = free_port()
    environment = {
        **os.environ,
        "MOTCUA_PROXY_BIND": f"127.0.0.1:{port} {bind}".strip(),
        "MOTCUA_PROXY_SERVICE": urlsplit(service).netloc,
    }
    command = [program(), "-db", "-f", str(installed_in(folder, changes))]
    with (folder / "log").open("w+b") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until_listening(port, process)
            yield f"{'https' if 'ssl' in bind.split() else 'http'}://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until a program that was started listens on its port."""
    for _attempt in range(200):
        assert process.poll() is None, f"{process.args!r} did not start"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{process.args!r} does not listen")
