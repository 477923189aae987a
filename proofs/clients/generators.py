"""Installs and runs the generators of clients, then the type checkers and the calls over their output.

Each function works in its own folder beside `openapi.json`, the document, and `facts.json`: the address of the service,
tokens by role, and the unit and period of the calls.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

# Other versions generate other code.
_PYTHON_PACKAGES = ("openapi-python-client==0.29.1",)
_NODE_PACKAGES = ("node@22.23.3", "@hey-api/openapi-ts@0.99.0", "typescript@5.9.3", "@types/node@22.18.0")

_HERE = Path(__file__).parent


class StepFailed(Exception):
    """A step ended with an error; the text is its output."""


def python_client(beside: Path) -> str:
    """Output of the calls made with the client of openapi-python-client; raises StepFailed."""
    folder = shutil.copytree(_HERE / "python", beside / "python")
    venv.create(folder / "venv", with_pip=True)
    commands = folder / "venv" / "bin"
    python = str(commands / "python")
    _run(folder, python, "-m", "pip", "install", "--quiet", *_PYTHON_PACKAGES)
    options = ["--config", "config.yaml", "--meta", "none", "--output-path", "motcua", "--fail-on-warning"]
    _run(folder, str(commands / "openapi-python-client"), "generate", "--path", "../openapi.json", *options)
    _run(folder, sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "motcua", "calls.py")
    return _run(folder, python, "calls.py")


def typescript_client(beside: Path) -> str:
    """Output of the calls made with the client of @hey-api/openapi-ts; raises StepFailed."""
    folder = shutil.copytree(_HERE / "typescript", beside / "typescript")
    _run(folder, "npm", "install", "--silent", "--no-audit", "--no-fund", "--no-save", *_NODE_PACKAGES)
    _run(folder, "openapi-ts", "--input", "../openapi.json", "--output", "motcua", "--silent")
    _run(folder, "tsc")
    return _run(folder, "node", "built/calls.js")


def _run(folder: Path, *command: str) -> str:
    # The commands of npm's packages, and their `node`, come before those of the machine.
    path = os.pathsep.join([str(folder / "node_modules" / ".bin"), os.environ["PATH"]])
    program = shutil.which(command[0], path=path) or command[0]
    ended = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise StepFailed(f"`{' '.join(command)}` ended with {ended.returncode}:\n{ended.stdout}")
    return ended.stdout
