"""Long proofs: what was measured stays when a run is broken off, and nothing that it started goes on."""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any


def end_what_was_started() -> None:
    """Lets SIGTERM end this process as Ctrl-C does, through all open contexts."""
    signal.signal(signal.SIGTERM, _end)


def keep(file: Path, results: Sequence[Any]) -> None:
    """Replaces the file at once, so that it is whole at every moment."""
    written = file.with_name(f"{file.name}.part")
    written.write_text(json.dumps(results, indent=1), encoding="utf-8")
    written.replace(file)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)
