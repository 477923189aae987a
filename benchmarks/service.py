"""How fast the service answers look-ups and receipts, beside floors served the same way, as a Markdown table.

`python -m benchmarks.service [--dossiers 200000] [--seconds 5] [--rounds 3] [--databases sqlite,postgresql]`, from the
checkout, with the packages of the tests. One worker each: the service, the same two routes by hand on the same
database, and a bare ASGI endpoint that gives the same bytes from memory. They take turns in every round, since a
machine's speed drifts; shown are medians over the rounds.
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
from benchmarks.load import GRACE, Job, Measured
from benchmarks.registers import Register, register
from benchmarks.servers import Server

SERVICE, BY_HAND, MEMORY = "service", "by hand", "from memory"
LOOK_UP, RECEIPT = "look-up", "receipt"
_METHODS = {LOOK_UP: "GET", RECEIPT: "POST"}
_CONNECTIONS = (1, 16, 64)
_BODIES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what each server reached, medians over the rounds."""

    database: str
    operation: str
    connections: int
    reached: Mapping[str, Measured]


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{machine.described()}\n", flush=True)
    lines: list[Line] = []
    for kind in options.databases.split(","):
        with register(kind, options.dossiers) as found:
            lines += _measured(kind, found, options)
    print(f"\n{table(lines)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description="Look-ups and receipts a second.")
    parser.add_argument("--dossiers", type=int, default=200_000, help="how many the register holds at the beginning")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="in which all take turns")
    parser.add_argument("--databases", default="sqlite,postgresql")
    return parser.parse_args()


def _measured(kind: str, found: Register, options: argparse.Namespace) -> list[Line]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-bench-")))
        bodies = receipts(found)
        files = {LOOK_UP: folder / "codes", RECEIPT: folder / "bodies"}
        files[LOOK_UP].write_text("\n".join(found.codes), encoding="utf-8")
        files[RECEIPT].write_text("\n".join(bodies), encoding="utf-8")
        ours = stack.enter_context(servers.service(found.url))
        answers = _answers(ours, found, bodies[0])
        print(f"{found.description}: a worker at rest holds {servers.resident_mb(ours):.0f} MB", flush=True)
        contenders = {
            SERVICE: ours,
            BY_HAND: stack.enter_context(servers.by_hand(found.url, found.token, folder)),
            MEMORY: stack.enter_context(servers.memory(answers, folder)),
        }
        _compare(contenders, found.codes)
        return [
            line
            for operation in (LOOK_UP, RECEIPT)
            for line in _rounds(kind, operation, contenders, _job(operation, files[operation], found, options), options)
        ]


def _job(operation: str, lines: Path, found: Register, options: argparse.Namespace) -> Job:
    path = "/api/v1/lookup/" if operation == LOOK_UP else "/api/v1/dossiers"
    headers = {} if operation == LOOK_UP else headers_of(found)
    status = 200 if operation == LOOK_UP else 201
    return Job(0, _METHODS[operation], path, str(lines), status, 0, options.seconds, headers=headers)


def headers_of(found: Register) -> dict[str, str]:
    return {"authorization": f"Bearer {found.token}", "content-type": "application/json"}


def receipts(found: Register) -> list[str]:
    """Receipts of ordinary size, each with its papers, at the communes of today."""
    chosen = random.Random(2026)
    bodies = []
    for number in range(_BODIES):
        commune = chosen.choice(found.communes)
        body = {
            "procedure": chosen.choice(found.procedures),
            "receiving_unit": commune,
            "applicant": {
                "name": f"Nguyễn Thị {chosen.choice(('Hoa', 'Hương', 'Lan', 'Phượng', 'Thảo'))}",
                "identity_number": f"0491850{number:05d}",
                "phone": f"09051{number:05d}",
                "address": f"Thôn {chosen.randint(1, 9)}",
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


def _answers(server: Server, found: Register, body: str) -> dict[str, httpx.Response]:
    """A look-up's answer of median length, and a receipt's."""
    with httpx.Client(base_url=server.address) as client:
        some = random.Random(1).sample(found.codes, min(101, len(found.codes)))
        looked_up = sorted((client.get(f"/api/v1/lookup/{code}") for code in some), key=lambda one: len(one.content))
        received = client.post("/api/v1/dossiers", content=body.encode(), headers=headers_of(found))
    return {"GET": looked_up[len(looked_up) // 2], "POST": received.raise_for_status()}


def _compare(contenders: Mapping[str, Server], codes: Sequence[str]) -> None:
    """Raises RuntimeError where the routes by hand do less than the service does: where an answer is another."""
    with httpx.Client() as client:
        for code in random.Random(2).sample(codes, min(200, len(codes))):
            answers = [
                client.get(f"{contenders[who].address}/api/v1/lookup/{code}").raise_for_status().json()
                for who in (SERVICE, BY_HAND)
            ]
            if answers[0] != answers[1]:
                raise RuntimeError(f"the answers differ: {answers}")


# --- Measuring --------------------------------------------------------------------------------------------------------


def _rounds(
    kind: str, operation: str, contenders: Mapping[str, Server], job: Job, options: argparse.Namespace
) -> Iterator[Line]:
    results: dict[tuple[int, str], list[Measured]] = {}
    for number in range(options.rounds):
        for connections in _CONNECTIONS:
            # Nobody is always the first.
            names = sorted(contenders, key=lambda who: (list(contenders).index(who) + number) % len(contenders))
            for who in names:
                changed = {"port": contenders[who].port, "connections": connections, "seed": number}
                one = loaded({**asdict(job), **changed})
                results.setdefault((connections, who), []).append(one)
                sys.stderr.write(
                    f"{kind}, {operation}, {connections} connections, round {number + 1}, {who}: {one.rate:.0f}/s, "
                    f"median {one.median:.2f} ms, 99 % {one.p99:.2f} ms, longest {one.longest:.0f} ms\n"
                )
    for connections in _CONNECTIONS:
        yield Line(kind, operation, connections, {who: middle(results[connections, who]) for who in contenders})


def loaded(job: Mapping[str, Any]) -> Measured:
    """What the load generator measured of a job (benchmarks/load.py), in a process of its own."""
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
    return Measured(**json.loads(done.stdout))


def middle(found: Sequence[Measured]) -> Measured:
    """The median of each figure."""
    columns = zip(*(asdict(one).values() for one in found), strict=True)
    return Measured(*(median(column) for column in columns))


# --- Showing ----------------------------------------------------------------------------------------------------------


def table(lines: Sequence[Line]) -> str:
    """The lines in Markdown: rates a second, times in milliseconds, and the ratios that the aims are about."""
    head = (
        "| database | operation | connections | Motcua /s | median ms | 99 % ms | 99 % : median "
        "| by hand /s | median ms | 99 % ms | Motcua : by hand | from memory /s | Motcua : memory |"
    )
    rows = [head, "|---|---|" + "--:|" * 11]
    for line in lines:
        ours, hand, bare = (line.reached[who] for who in (SERVICE, BY_HAND, MEMORY))
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
