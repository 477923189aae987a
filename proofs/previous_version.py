"""The code of the version before, from the history of the repository."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]

# The first version that serves a range of schemas: its newest schema is 0024.
PREVIOUS = "cf8366477d7b741d0a8d5a28fd458b9355fc11cf"
PREVIOUS_SCHEMA = "0024"


class NoHistory(Exception):
    """The checkout has no history with the version before."""


def unpack(folder: Path) -> Path:
    """Writes the code of the version before to `folder`, and returns it. Raises NoHistory."""
    command = ["git", "-C", str(_ROOT), "archive", PREVIOUS]
    try:
        archive = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoHistory(f"commit {PREVIOUS} is needed: clone the whole history (git fetch --unshallow)") from error
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder
