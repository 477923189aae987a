"""Speed of look-ups and receipts, beside two lower bounds (floors), as a Markdown table.

`python -m benchmarks.service [--dossiers 200000] [--seconds 5] [--rounds 3] [--databases sqlite,postgresql]`, from the
checkout, with the packages of the tests. One worker each: the service, the same two routes by hand on the same
database, and a bare ASGI endpoint that returns the same bytes from memory. They take turns in every round, because the
speed of a machine changes. The table shows medians over the rounds.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks import machine, servers
from benchmarks.load import GRACE, Job, Measurement
from benchmarks.registers import Register, register
from benchmarks.servers import Server

SERVICE, BY_HAND, MEMORY = "service", "by hand", "from memory"
LOOK_UP, RECEIPT = "look-up", "receipt"
_METHODS = {LOOK_UP: "GET", RECEIPT: "POST"}
_CONNECTIONS = (1, 16, 64)
_BODIES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: medians over the rounds for each server."""

    database: str
    operation: str
    connections: int
    reached: Mapping[str, Measurement]


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{machine.description()}\n", flush=True)
    lines: list[Line] = []
    for kind in options.databases.split(","):
        with register(kind, options.dossiers) as source:
            lines += _measure(kind, source, options)
    print(f"\n{table(lines)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description="Look-ups and receipts a second.")
    parser.add_argument("--dossiers", type=int, default=200_000, help="size of the register at the start")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, in which all take turns")
    parser.add_argument("--databases", default="sqlite,postgresql")
    return parser.parse_args()


def _measure(kind: str, source: Register, options: argparse.Namespace) -> list[Line]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-bench-")))
        bodies = receipts(source)
        files = {LOOK_UP: folder / "codes", RECEIPT: folder / "bodies"}
        files[LOOK_UP].write_text("\n".join(source.codes), encoding="utf-8")
        files[RECEIPT].write_text("\n".join(bodies), encoding="utf-8")
        ours = stack.enter_context(servers.service(source.url))
        answers = _answers(ours, source, bodies[0])
        print(f"{source.description}: an idle worker has {servers.resident_mb(ours):.0f} MB", flush=True)
        contenders = {
            SERVICE: ours,
            BY_HAND: stack.enter_context(servers.by_hand(source.url, source.token, folder)),
            MEMORY: stack.enter_context(servers.memory(answers, folder)),
        }
        _compare(contenders, source.codes)
        return [
            line
            for operation in (LOOK_UP, RECEIPT)
            for line in _rounds(
                kind, operation, contenders, _job(operation, files[operation], source, options), options
            )
        ]


def _job(operation: str, lines: Path, source: Register, options: argparse.Namespace) -> Job:
    path = "/api/v1/lookup/" if operation == LOOK_UP else "/api/v1/dossiers"
    headers = {} if operation == LOOK_UP else headers_of(source)
    status = 200 if operation == LOOK_UP else 201
    return Job(0, _METHODS[operation], path, str(lines), status, 0, options.seconds, headers=headers)


def headers_of(source: Register) -> dict[str, str]:
    """The headers of a receipt."""
    return {"authorization": f"Bearer {source.token}", "content-type": "application/json"}


def receipts(source: Register) -> list[str]:
    """Bodies of receipts of ordinary size, with documents, at the communes of today."""
    generator = random.Random(2026)
    bodies = []
    for number in range(_BODIES):
        commune = generator.choice(source.communes)
        body = {
            "procedure": generator.choice(source.procedures),
            "receiving_unit": commune,
            "applicant": {
                "name": f"Nguyễn Thị {generator.choice(('Hoa', 'Hương', 'Lan', 'Phượng', 'Thảo'))}",
                "identity_number": f"0491850{number:05d}",
                "phone": f"09051{number:05d}",
                "address": f"Thôn {generator.randint(1, 9)}",
                "commune": commune,
            },
            "channel": "counter",
            "summary": "Cấp bản sao trích lục hộ tịch",
            "documents": [{"name": "Tờ khai"}, {"name": "Căn cước công dân", "form": "certified_copy"}],
            "officer": "Trần Văn Minh",
        }
        bodies.append(json.dumps(body, ensure_ascii=False))
    return bodies


# --- Before measuring -------------------------------------------------------------------------------------------------


def _answers(server: Server, source: Register, body: str) -> dict[str, httpx.Response]:
    """The response of a look-up with median length, and that of a receipt."""
    with httpx.Client(base_url=server.address) as client:
        codes = random.Random(1).sample(source.codes, min(101, len(source.codes)))
        lookups = [client.get(f"/api/v1/lookup/{code}") for code in codes]
        lookups.sort(key=lambda response: len(response.content))
        receipt = client.post("/api/v1/dossiers", content=body.encode(), headers=headers_of(source))
    return {"GET": lookups[len(lookups) // 2], "POST": receipt.raise_for_status()}


def _compare(contenders: Mapping[str, Server], codes: Sequence[str]) -> None:
    """Raises RuntimeError if a response of the routes by hand differs from that of the service."""
    with httpx.Client() as client:
        for code in random.Random(2).sample(codes, min(200, len(codes))):
            answers = [
                client.get(f"{contenders[name].address}/api/v1/lookup/{code}").raise_for_status().json()
                for name in (SERVICE, BY_HAND)
            ]
            if answers[0] != answers[1]:
                raise RuntimeError(f"the answers differ: {answers}")


# --- Measuring --------------------------------------------------------------------------------------------------------


def _rounds(
    kind: str, operation: str, contenders: Mapping[str, Server], job: Job, options: argparse.Namespace
) -> Iterator[Line]:
    results: dict[tuple[int, str], list[Measurement]] = {}
    for number in range(options.rounds):
        for connections in _CONNECTIONS:
            # No server is always the first.
            names = sorted(contenders, key=lambda name: (list(contenders).index(name) + number) % len(contenders))
            for name in names:
                changed = {"port": contenders[name].port, "connections": connections, "seed": number}
                measurement = run_job({**asdict(job), **changed})
                results.setdefault((connections, name), []).append(measurement)
                sys.stderr.write(
                    f"{kind}, {operation}, {connections} connections, round {number + 1}, {name}: "
                    f"{measurement.rate:.0f}/s, median {measurement.median:.2f} ms, 99 % {measurement.p99:.2f} ms, "
                    f"longest {measurement.longest:.0f} ms\n"
                )
    for connections in _CONNECTIONS:
        yield Line(kind, operation, connections, {name: medians(results[connections, name]) for name in contenders})


def run_job(job: Mapping[str, Any]) -> Measurement:
    """The measurement of a job by the load generator (benchmarks/load.py), in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[1],
        timeout=job["warm_up"] + job["seconds"] + 2 * GRACE,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Measurement(**json.loads(done.stdout))


def medians(measurements: Sequence[Measurement]) -> Measurement:
    """The median of each figure."""
    columns = zip(*(asdict(measurement).values() for measurement in measurements), strict=True)
    return Measurement(*(median(column) for column in columns))


# --- Showing ----------------------------------------------------------------------------------------------------------


def table(lines: Sequence[Line]) -> str:
    """The rows in Markdown: rates a second, times in milliseconds, and ratios."""
    head = (
        "| database | operation | connections | Motcua /s | median ms | 99 % ms | 99 % : median "
        "| by hand /s | median ms | 99 % ms | Motcua : by hand | from memory /s | Motcua : memory |"
    )
    rows = [head, "|---|---|" + "--:|" * 11]
    for line in lines:
        ours, hand, bare = (line.reached[name] for name in (SERVICE, BY_HAND, MEMORY))
        cells = [
            line.database,
            line.operation,
            str(line.connections),
            f"{ours.rate:,.0f}",
            f"{ours.median:.2f}",
            f"{ours.p99:.2f}",
            f"{ours.p99 / ours.median:.1f}",
            f"{hand.rate:,.0f}",
            f"{hand.median:.2f}",
            f"{hand.p99:.2f}",
            f"{ours.rate / hand.rate:.2f}",
            f"{bare.rate:,.0f}",
            f"{ours.rate / bare.rate:.2f}",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
