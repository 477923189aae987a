"""A real OpenID provider for tests in a browser, run by Node."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

_SOURCES = Path(__file__).parent / "oidc"


def provider_modules() -> Path:
    """The folder with the provider's packages. Without it the test is skipped, or fails with REQUIRE_PROVIDER."""
    folder = Path(os.environ.get("TEST_PROVIDER", "missing")) / "node_modules"
    if not folder.is_dir():
        if os.environ.get("REQUIRE_PROVIDER"):
            pytest.fail("REQUIRE_PROVIDER is set, and TEST_PROVIDER names no folder with the provider.")
        pytest.skip("TEST_PROVIDER names no folder with the provider (CONTRIBUTING.md).")
    return folder


@contextmanager
def oidc_server(folder: Path, application: str, port: int) -> Iterator[str]:
    """The address of a running provider for the application. `folder`: an empty folder for its files."""
    modules = provider_modules()
    shutil.copy(_SOURCES / "server.mjs", folder)
    shutil.copy(_SOURCES / "package.json", folder)
    (folder / "node_modules").symlink_to(modules)
    node = next(modules.glob("node-linux-*/bin/node"))
    with (folder / "output").open("wb") as output:
        command = [str(node), "server.mjs", str(port), application]
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, server)
            yield address
        finally:
            server.terminate()
            server.wait()


def _wait(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(200):
        assert server.poll() is None, "the provider did not start"
        try:
            if httpx.get(f"{address}/.well-known/openid-configuration").is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.05)
    pytest.fail("the provider did not start in time")
