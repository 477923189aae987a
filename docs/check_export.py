"""check_export.py EXPORT [KEPT...]: checks a register by its export, without the register and without its software.

EXPORT is a file of `motcua export`. KEPT are files of seals that you have kept: lines of `motcua seal`, or responses of
`GET /api/v1/seals`. It needs only Python 3.9 or later. docs/journal.md describes the forms. Every fault is a line that
begins with WRONG; the exit status is 1 then.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

START = "0" * 64
# Two computers of an office may differ by this.
CLOCKS = timedelta(minutes=5)
Lines = Iterator[dict[str, Any]]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root_of(nodes: list[bytes]) -> bytes:
    """The root of a Merkle tree (RFC 6962) over its leaves or over the roots of its blocks."""
    while len(nodes) > 1:
        pairs = [sha256(b"\1" + nodes[at] + nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
        nodes = pairs + nodes[len(pairs) * 2 :]
    return nodes[0] if nodes else b""


class Log:
    """The leaves of one log in the order of their ids; `taken`: how many the seals so far have covered."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.leaves: list[bytes] = []
        self.taken = 0

    def add(self, number: int, digits: str) -> None:
        self.ids.append(number)
        self.leaves.append(sha256(b"\0" + digits.encode()))

    def take(self, last: int) -> list[bytes]:
        """The leaves up to an id, after those that were taken before."""
        first = self.taken
        while self.taken < len(self.ids) and self.ids[self.taken] <= last:
            self.taken += 1
        return self.leaves[first : self.taken]


class Checker:
    """Reads an export line by line, and collects the faults."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.logs: dict[str, Log] = {"journal": Log(), "ledger": Log(), "views": Log()}
        self.dossiers: dict[str, tuple[int, str]] = {}  # number and hash of the last entry
        self.asked: dict[tuple[str, int], tuple[str, Any]] = {}  # who asked for a correction, and which
        self.head = START  # of the ledger
        self.seals: list[tuple[int, str]] = []
        self.latest: datetime | None = None
        self.backwards = 0
        self.counts: dict[str, int] = {}

    def require(self, correct: bool, fault: str) -> None:
        if not correct:
            self.faults.append(fault)

    def read(self, lines: Lines) -> None:
        first = next(lines, {})
        self.require(first.get("export") == "motcua-export-1", "the file is no export of this form")
        end = None
        for line in lines:
            self.require(end is None, "a line after the end")
            if "log" in line:
                self.entry(line)
            elif "seal" in line:
                self.seal(line)
            else:
                end = line.get("end")
        self.require(
            end == self.counts, f"the file says that it has {end}, and has {self.counts}: it was cut or joined"
        )

    def entry(self, line: dict[str, Any]) -> None:
        name, number, digits = line["log"], line["id"], line["hash"]
        self.counts[name] = self.counts.get(name, 0) + 1
        log = self.logs.setdefault(name, Log())
        self.require(not self.seals, f"{name} {number} stands after a seal")
        self.require(not log.ids or number > log.ids[-1], f"{name} {number} does not stand in its order")
        log.add(number, digits)
        self.require("content" in line or name not in ("journal", "ledger"), f"{name} {number} has no content")
        if "content" in line:
            self.require(sha256(line["content"].encode()).hex() == digits, f"the hash of {name} {number}")
            body = json.loads(line["content"])
            self.clock(body["recorded_at"])
            if name == "journal":
                self.of_dossier(number, digits, body)
            elif name == "ledger":
                self.require(body["number"] == number == len(log.ids), f"ledger {number} is not number {len(log.ids)}")
                self.require(body["previous"] == self.head, f"ledger {number} does not follow the entry before it")
                self.head = digits

    def of_dossier(self, number: int, digits: str, body: dict[str, Any]) -> None:
        """An entry of the journal: it follows the one before it of its dossier."""
        code, sequence = body["dossier"], body["sequence"]
        name = f"{code} entry {sequence} (journal {number})"
        before, head = self.dossiers.get(code, (0, START))
        self.require(sequence == before + 1, f"{name}: an entry before it is missing, or it stands twice")
        self.require(body["previous"] == head, f"{name} does not follow the entry before it")
        self.dossiers[code] = (sequence, digits)
        data = body["data"]
        if body["type"] in ("correct", "void") and "asked_by" in data:
            self.asked[code, sequence] = (body["client"], data.get("changes"))
        elif body["type"] == "approve-correction":
            client, changes = self.asked.pop((code, data["correction"]), (None, None))
            self.require(client not in (None, body["client"]), f"{name}: nobody else asked for this correction")
            self.require(changes == data.get("changes"), f"{name}: another correction was asked for")

    def clock(self, text: str) -> None:
        """Counts entries whose time of recording is before that of an earlier entry."""
        at = datetime.fromisoformat(text)
        if self.latest is not None and at < self.latest - CLOCKS:
            self.backwards += 1
        self.latest = at

    def seal(self, line: dict[str, Any]) -> None:
        self.counts["seals"] = self.counts.get("seals", 0) + 1
        number, digits, body = line["seal"], line["hash"], json.loads(line["content"])
        before, head = self.seals[-1] if self.seals else (0, START)
        name = f"seal {number}"
        self.require(sha256(line["content"].encode()).hex() == digits, f"the hash of {name}")
        self.require(body["number"] == number == before + 1, f"{name} does not stand in its order")
        self.require(body["previous"] == head, f"{name} does not follow the seal before it")
        self.seals.append((number, digits))
        ends = {"journal": body["last_id"], **{log: part["last"] for log, part in body.get("logs", {}).items()}}
        counts = {"journal": body["count"], **{log: part["count"] for log, part in body.get("logs", {}).items()}}
        roots: list[bytes] = []
        # The blocks say in which order the logs stand in the tree.
        for log in dict.fromkeys([block["log"] for block in line["blocks"]] + sorted(ends)):
            self.require(log in ends, f"{name} has a block of {log}, which it does not name")
            part, gone, rows = self.logs.setdefault(log, Log()), 0, 0
            for place, block in enumerate(line["blocks"], start=1):
                if block["log"] == log:
                    leaves = part.take(block["last"])
                    rows, roots = rows + len(leaves), [*roots, bytes.fromhex(block["root"])]
                    if not leaves and log == "views":
                        gone += 1  # A month of views may be dropped after its years.
                    elif root_of(leaves) != roots[-1]:
                        self.faults.append(f"{name} has other entries of {log} in block {place} of it")
            rows += len(part.take(ends.get(log, 0)))
            self.require(gone > 0 or rows == counts.get(log), f"{name} has {counts.get(log)} of {log}, not {rows}")
            if gone:
                print(f"{name}: {gone} blocks of views are missing. The ledger must say that they were dropped.")
        self.require(root_of(roots).hex() == body["root"], f"{name} has another root than its entries")

    def kept(self, seals: Lines) -> int:
        """Compares kept seals; the number of the last one that agrees. It holds all before it."""
        own, compared, last = dict(self.seals), 0, 0
        for seal in seals:
            compared += 1
            self.require(sha256(seal["content"].encode()).hex() == seal["hash"], f"kept seal {seal['number']} itself")
            same = own.get(seal["number"]) == seal["hash"]
            self.require(same, f"seal {seal['number']} is not the seal that was kept")
            last = max(last, seal["number"] if same else 0)
        self.require(compared > 0, "no kept seal was compared")
        print(f"{compared} kept seals were compared. The last that agrees is {last} of {len(own)}.")
        return last


def lines_of(path: str) -> Lines:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - one line is enough
        for line in file:
            if line.strip():
                value = json.loads(line)
                yield from value.get("items", [value])


def main(arguments: list[str]) -> int:
    checker = Checker()
    checker.read(lines_of(arguments[0]))
    for path in arguments[1:]:
        checker.kept(lines_of(path))
    unsealed = {name: len(log.ids) - log.taken for name, log in checker.logs.items()}
    print(f"{len(checker.dossiers)} dossiers, {checker.counts}. In no seal yet: {unsealed}.")
    if checker.backwards:
        print(f"{checker.backwards} times a clock ran backwards between two entries.")
    if len(arguments) == 1:
        print("No kept seal was given: the owner of the register could have made all of this again.")
    for fault in checker.faults:
        print(f"WRONG: {fault}")
    return 1 if checker.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
