"""Installs Motcua into its own virtual environment, then runs a command there.

    python3 bootstrap.py demo [options of `motcua demo`]      the service on demonstration data
    python3 bootstrap.py cluster [options]                    the service on a PostgreSQL cluster, to see parts fail
    python3 bootstrap.py test [options of pytest]             all tests
    python3 bootstrap.py check                                linter, formatter and type checker
    python3 bootstrap.py coverage [options of pytest]         tests on SQLite, then the lines that they do not run

Python 3.11 to 3.13 with venv or pip is enough. The environment is `.venv` beside this file, or the path in
MOTCUA_VENV. This file uses the standard library only, in syntax that an old Python can read.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.abspath(os.environ.get("MOTCUA_VENV") or os.path.join(ROOT, ".venv"))
PYTHON = os.path.join(VENV, "bin", "python")
RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"


def main(arguments: "list[str]") -> int:
    """Runs the command that the first argument names, with the other arguments. Returns its exit status."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return refuse("Motcua needs Python 3.11 to 3.13, this is {}.{}.".format(*sys.version_info[:2]))
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name == "demo":
        return install(RUNTIME_LOCK) or become([os.path.join(VENV, "bin", "motcua"), "demo", *rest])
    if name == "cluster":
        return install(DEVELOPMENT_LOCK) or cluster(rest)
    if name == "test":
        return install(DEVELOPMENT_LOCK) or test(rest)
    if name == "check":
        return install(DEVELOPMENT_LOCK) or check()
    if name == "coverage":
        return install(DEVELOPMENT_LOCK) or coverage(rest)
    return refuse(__doc__ or "")


def check() -> int:
    """Runs linter, formatter and type checker up to the first fault. Returns its exit status."""
    os.chdir(ROOT)
    status = 0
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        status = status or subprocess.call([PYTHON, "-m", *command])
    return status


def cluster(options: "list[str]") -> int:
    """Becomes the cluster in a box, until Ctrl-C."""
    os.chdir(ROOT)
    return become([PYTHON, "-m", "proofs.cluster.by_hand", *options])


def test(options: "list[str]") -> int:
    """Becomes pytest. Without options it runs all tests on all processors."""
    os.chdir(ROOT)
    # Tests start the service some fifty times: the first start writes the bytecode for the others.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return become([PYTHON, "-m", "pytest", *(options or ["-n", "logical"])])


def coverage(options: "list[str]") -> int:
    """Runs tests under measurement and prints a report. Returns 2 if the coverage is below its floor.

    On PostgreSQL it runs only the tests of the database layer, because measuring doubles the time of the suite.
    """
    os.chdir(ROOT)
    measure = [PYTHON, "-m", "coverage"]
    tests = ["-m", "pytest", *(options or ["-n", "logical", "-k", "not postgresql or database"])]
    status = subprocess.call([*measure, "erase"])
    status = status or subprocess.call([*measure, "run", *tests])
    status = status or subprocess.call([*measure, "combine", "--quiet"])
    return status or subprocess.call([*measure, "report"])


def become(command: "list[str]") -> int:
    """Replaces this process by the command, which then gets the signals and sets the exit status."""
    sys.stdout.flush()
    os.execv(command[0], command)


def install(lock: str) -> int:
    """Installs the versions in `lock` and this checkout if they are not installed yet. Returns 0 after success."""
    stamp = os.path.join(VENV, lock + ".installed")
    expected = fingerprint(lock)
    if os.path.exists(PYTHON) and os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == expected:
                return 0
    pip = os.path.exists(PYTHON) and pip_for_environment()
    pip = pip or create_environment()
    if not pip:
        return refuse(
            "This Python cannot install packages: it has neither venv with ensurepip nor pip 22.3 or later.\n"
            "Install one of them. On Debian and Ubuntu: apt install python3-venv"
        )
    sys.stderr.write("Installing the packages of {} into {} ...\n".format(lock, VENV))
    options = ["install", "--quiet", "--quiet", "--disable-pip-version-check", "--no-input"]
    status = subprocess.call(pip + options + ["--require-hashes", "--requirement", os.path.join(ROOT, lock)])
    # Editable: the environment then runs the checkout as it is now. The lock contains the build backend.
    status = status or subprocess.call(pip + options + ["--no-deps", "--no-build-isolation", "--editable", ROOT])
    if status == 0:
        with open(stamp, "w") as file:
            file.write(expected)
    return status


def fingerprint(lock: str) -> str:
    """A digest of everything that decides about the content of the environment."""
    digest = hashlib.sha256(ROOT.encode())
    for name in (lock, "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def create_environment() -> "list[str]":
    """Creates the environment. Returns the command for its pip, or an empty list after a failure."""
    if has_module("ensurepip") and quietly([sys.executable, "-m", "venv", VENV]):
        return pip_for_environment()
    # Debian without python3-venv has no ensurepip. The pip of the system can install into another environment.
    if has_module("venv") and quietly([sys.executable, "-m", "venv", "--without-pip", VENV]):
        return pip_for_environment()
    return []


def pip_for_environment() -> "list[str]":
    """The pip of the environment, or the pip of this Python for the environment. Empty without both."""
    for command in ([PYTHON, "-m", "pip"], [sys.executable, "-m", "pip", "--python", PYTHON]):
        if quietly([*command, "--version"]):
            return command
    return []


def has_module(name: str) -> bool:
    """Whether this Python can import the module. A separate process tries it, because an import can fail half-way."""
    return quietly([sys.executable, "-c", "import " + name])


def quietly(command: "list[str]") -> bool:
    """Whether the command succeeds. Its output is discarded."""
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def refuse(message: str) -> int:
    """Shows the message. Returns the exit status of a wrong call."""
    sys.stderr.write(message.rstrip() + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
