"""Memory in place of a disk, for databases that tests make, write and drop all the time."""

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108
# Bytes that one test process's databases may come to need.
_ROOM = 1 << 30


def folder() -> Path | None:
    """A folder in memory where there is room for those of all test processes, else None.

    A disk has to find a place for some 300 files of each new PostgreSQL database, and to make sure of each commit.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < processes * _ROOM:
        return None
    return _MEMORY
