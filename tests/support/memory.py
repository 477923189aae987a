"""A folder in memory for the databases of tests, which are created, written and dropped all the time."""

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108
# Most bytes of the databases of one test process.
_ROOM = 1 << 30


def folder() -> Path | None:
    """A folder in memory with room for the databases of all test processes, or None.

    On a disk, the some 300 files of each new PostgreSQL database and each synced commit take longer.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < processes * _ROOM:
        return None
    return _MEMORY
