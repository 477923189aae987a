"""Creates the file of an SQLite database for its owner alone: it has the data of all people."""

import logging
import os
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

_OTHERS = 0o077


def create_private(file: Path) -> None:
    """Creates an empty file with mode 0600 if there is none. The log of a file that others may read says so.

    The mode of an existing file stays: an office may let a group read it.
    """
    with suppress(OSError):  # opening the database names the fault
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with suppress(FileNotFoundError):
        mode = file.stat().st_mode & 0o777
        if mode & _OTHERS:
            logger.warning("%s has the mode %04o, so that others can read personal data: chmod 600", file, mode)
