"""Programs of the cluster: where they are, which are missing, and the user that runs PostgreSQL."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.support.postgres import binaries, identity

# Debian's packages by program.
_PACKAGES = {"etcd": "etcd-server", "haproxy": "haproxy"}
# Debian's folder is not in every user's PATH.
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def path_of(program: str) -> str:
    """The path of an installed program. Raises FileNotFoundError without it."""
    path = shutil.which(program, path=_PATH)
    if path is None:
        raise FileNotFoundError(program)
    return path


def advice() -> str | None:
    """What is missing and the command that installs it; None if everything is there."""
    packages = [package for program, package in _PACKAGES.items() if shutil.which(program, path=_PATH) is None]
    if packages:
        return f"The cluster needs more programs. On Debian and Ubuntu: apt install {' '.join(packages)}"
    try:
        distribution("patroni")
    except PackageNotFoundError:
        return "The cluster needs Patroni. Use the environment of `python3 bootstrap.py cluster`."
    return None


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs, and the words before a command that let the right user run it."""

    postgresql: Path
    as_user: list[str]

    @property
    def patroni(self) -> list[str]:
        """Patroni of this environment."""
        return [*self.as_user, sys.executable, "-m", "patroni"]


def prepared_in(folder: Path) -> Programs:
    """The programs for a state in `folder`, which then belongs to their user."""
    return Programs(as_user=as_user_of(folder), postgresql=binaries(folder))


def as_user_of(folder: Path) -> list[str]:
    """The words before a command that must not run as root. The folder then belongs to its user.

    For root it runs as nobody, who may not be able to read root's Python: it keeps the right to read files of others.
    """
    user = identity(folder)
    if not user:
        return []
    drop = [path_of("setpriv"), f"--reuid={user['user']}", f"--regid={user['group']}", "--clear-groups"]
    return [*drop, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
