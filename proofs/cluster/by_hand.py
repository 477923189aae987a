"""Brings the cluster up for people who want to see it fail, and prints what to kill and how.

`python3 bootstrap.py cluster [--folder DIR] [--processes 2] [--way haproxy]`. Everything is on the loopback address.
Ctrl-C ends all of it.
"""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from proofs.cluster.box import WAYS, Box
from proofs.cluster.processes import HOST
from proofs.cluster.programs import advice


def main() -> None:
    """Run the cluster until Ctrl-C or SIGTERM. Exit status 2 if a program is missing or the folder is not empty."""
    parser = argparse.ArgumentParser(prog="python3 bootstrap.py cluster", description=__doc__)
    parser.add_argument("--folder", type=Path, help="an empty folder for the state; default: a temporary one")
    parser.add_argument("--processes", type=int, default=2, choices=(1, 2, 3, 4), help="processes of the service")
    parser.add_argument("--way", choices=WAYS, default=WAYS[0], help="how the service reaches the primary")
    options = parser.parse_args()
    problem = advice() or _occupied(options.folder)
    if problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-cluster-")))
        folder.mkdir(parents=True, exist_ok=True)
        print("Starting etcd, PostgreSQL and the service takes some 20 seconds ...", flush=True)
        try:
            box = stack.enter_context(Box(folder, processes=options.processes, way=options.way))
            print(_guide(box, folder), flush=True)
            signal.pause()
        except KeyboardInterrupt:
            print("\nEnding everything ...", flush=True)


def _occupied(folder: Path | None) -> str | None:
    if folder is not None and folder.exists() and any(folder.iterdir()):
        return f"The folder {folder} is not empty. Choose another one, or delete it."
    return None


def _guide(box: Box, folder: Path) -> str:
    pids = dict(box.processes())
    primary, (synchronous, _other) = box.primary, box.replicas
    number = primary.name.removeprefix("n")
    lines = [
        "",
        f"The service    {box.address}",
        f"Its processes  {', '.join(f'http://{HOST}:{port}' for port in box.service_ports)}",
        f"Writes, reads  {HOST}:{box.write_port}, {HOST}:{box.read_port} (HAProxy), user motcua, database motcua",
        f"A token        {box.token()} (supervisor)",
        f"State, logs    {folder}",
        "",
        "Processes:",
        *(f"  {name:<16} {pid}" for name, pid in pids.items()),
        "",
        "What to kill, in another terminal:",
        f"  kill -KILL {primary.postmaster}    the primary ({primary.name}): a replica takes over in some seconds",
        f"  kill -KILL {pids[f'patroni{number}']} {primary.postmaster}    its whole node: after the lease of 20 s",
        f"  kill -STOP {synchronous.postmaster}    the synchronous replica ({synchronous.name}) hangs (-CONT: goes on)",
        f"  kill -KILL {pids['service1']}    a process of the service: HAProxy asks the other",
        f"  kill -TERM {pids['etcd1']}    a member of etcd",
        "",
        "Watch it:",
        f"  while sleep 0.2; do curl -so /dev/null -w '%{{http_code}} %{{time_total}}\\n' {box.address}/; done",
        "Ctrl-C ends everything.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
