"""Describes the machine of a benchmark in one line."""

import os
import platform
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter


def description() -> str:
    """Processors, system, Python version, and the time of a synchronous write."""
    try:
        models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = models[0].partition(": ")[2]
    except (OSError, IndexError):
        model = platform.processor()
    return (
        f"{os.cpu_count()} × {model}, {platform.system()}, Python {platform.python_version()}; "
        f"a write waits {_sync_milliseconds():.2f} ms for the disk"
    )


def _sync_milliseconds() -> float:
    """The time of `fsync` in the folder of the databases: the median of 200 small writes."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _number in range(200):
            file.write(b"x" * 4096)
            file.flush()
            began = perf_counter()
            os.fsync(file.fileno())
            times.append(1000 * (perf_counter() - began))
    return median(times)
