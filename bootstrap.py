"""Installs Motcua into a virtual environment of its own, then runs it: `demo`, `test` or `check`.

    python3 bootstrap.py demo [options of `motcua demo`]      the service on demonstration data
    python3 bootstrap.py test [options of pytest]             the whole test suite
    python3 bootstrap.py check                                lint, format and types

Nothing has to be installed or started before but Python 3.11 to 3.13 with venv or pip. The environment is `.venv`
beside this file, or what MOTCUA_VENV names. Standard library only, in syntax that an old Python reads too.
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
    """The exit status of what the first of `arguments` names; the rest of them is passed on to it."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return refuse("Motcua needs Python 3.11 to 3.13, this is {}.{}.".format(*sys.version_info[:2]))
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name == "demo":
        return install(RUNTIME_LOCK) or become([os.path.join(VENV, "bin", "motcua"), "demo", *rest])
    if name == "test":
        return install(DEVELOPMENT_LOCK) or test(rest)
    if name == "check":
        return install(DEVELOPMENT_LOCK) or check()
    return refuse(__doc__ or "")


def check() -> int:
    """The exit status of the first of the linter, the formatter and the type checker that finds something."""
    os.chdir(ROOT)
    status = 0
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        status = status or subprocess.call([PYTHON, "-m", *command])
    return status


def test(options: "list[str]") -> int:
    """Hands over to pytest; without options all tests run, spread over the machine's processors."""
    os.chdir(ROOT)
    # Tests start the service some fifty times: what the first start compiles, the others shall not compile again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return become([PYTHON, "-m", "pytest", *(options or ["-n", "logical"])])


def become(command: "list[str]") -> int:
    """Hands this process over to the command, signals and exit status included."""
    sys.stdout.flush()
    os.execv(command[0], command)


def install(lock: str) -> int:
    """0 once the environment holds exactly the versions in `lock`, and the package from this checkout."""
    stamp = os.path.join(VENV, lock + ".installed")
    wanted = fingerprint(lock)
    if os.path.exists(PYTHON) and os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return 0
    pip = os.path.exists(PYTHON) and pip_for_environment()
    pip = pip or create_environment()
    if not pip:
        return refuse(
            "This Python can install nothing: it has neither venv with ensurepip nor pip 22.3 or later.\n"
            "Install one of them, on Debian and Ubuntu: apt install python3-venv"
        )
    sys.stderr.write("Installing the packages of {} into {} ...\n".format(lock, VENV))
    options = ["install", "--quiet", "--quiet", "--disable-pip-version-check", "--no-input"]
    status = subprocess.call(pip + options + ["--require-hashes", "--requirement", os.path.join(ROOT, lock)])
    # Editable, so that what runs is this checkout whatever it is changed to; its build backend is in the lock.
    status = status or subprocess.call(pip + options + ["--no-deps", "--no-build-isolation", "--editable", ROOT])
    if status == 0:
        with open(stamp, "w") as file:
            file.write(wanted)
    return status


def fingerprint(lock: str) -> str:
    """Changes when the environment has to be installed anew."""
    digest = hashlib.sha256(ROOT.encode())
    for name in (lock, "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def create_environment() -> "list[str]":
    """The command that is pip for the new environment, empty where this Python can make none."""
    if has_module("ensurepip") and quietly([sys.executable, "-m", "venv", VENV]):
        return pip_for_environment()
    # Debian without python3-venv has the module but no ensurepip; the system's pip can serve another environment.
    if has_module("venv") and quietly([sys.executable, "-m", "venv", "--without-pip", VENV]):
        return pip_for_environment()
    return []


def pip_for_environment() -> "list[str]":
    """The environment's own pip, else this Python's, told to work there; empty where there is neither."""
    for command in ([PYTHON, "-m", "pip"], [sys.executable, "-m", "pip", "--python", PYTHON]):
        if quietly([*command, "--version"]):
            return command
    return []


def has_module(name: str) -> bool:
    """Whether this Python can import it; asked of a process of its own, as importing may fail half-way."""
    return quietly([sys.executable, "-c", "import " + name])


def quietly(command: "list[str]") -> bool:
    """Whether the command succeeds, with nothing shown."""
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def refuse(message: str) -> int:
    """The exit status of a wrong call, once the message has been shown."""
    sys.stderr.write(message.rstrip() + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
