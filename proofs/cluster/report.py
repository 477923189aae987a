"""Outages and errors of one load, its verdict, and the table of all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from proofs.cluster.faults import READS_WITHIN, Fault
from proofs.cluster.load import READS, Answer, Load

_COLUMNS = {
    "fault": "---",
    "way": "---",
    "round": "--:",
    "changes": "--:",
    "s without a change (bound)": "--:",
    "s without a read": "---",
    "s clients stalled": "--:",
    "reads 5xx": "--:",
    "lost": "--:",
    "doubled": "--:",
    "breaches": "---",
}
HEAD = f"| {' | '.join(_COLUMNS)} |\n|{'|'.join(_COLUMNS.values())}|"


@dataclass(frozen=True, slots=True)
class Result:
    """What the clients of one fault noticed."""

    fault: str
    way: str
    round: int
    changes: int
    without_changes: float
    changes_within: float
    without_reads: Mapping[str, float]
    stall: float
    failed_reads: int
    failures: Mapping[str, int]
    lost: int
    doubled: int
    breaches: Sequence[str]

    def line(self) -> str:
        """A row of the table."""
        reads = ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in self.without_reads.items())
        cells = [
            self.fault,
            self.way,
            str(self.round),
            f"{self.changes:,}",
            f"{self.without_changes:.1f} ({self.changes_within:.0f})",
            reads,
            f"{self.stall:.2f}",
            str(self.failed_reads),
            str(self.lost),
            str(self.doubled),
            "; ".join(self.breaches) or "none",
        ]
        return f"| {' | '.join(cells)} |"

    def as_json(self) -> dict[str, Any]:
        """All values for a file."""
        return asdict(self)


def not_ended(fault: Fault, way: str, number: int, error: Exception) -> Result:
    """The result of a round that ended with this error, so that nothing was measured."""
    nothing: Mapping[str, float] = dict.fromkeys(READS, 0.0)
    within, breaches = fault.writes_within(way), [f"not ended: {error}"]
    return Result(fault.name, way, number, 0, 0.0, within, nothing, 0.0, 0, {}, 0, 0, breaches)


def result_of(
    load: Load, fault: Fault, way: str, number: int, entries: Mapping[str, int], verification: str | None
) -> Result:
    """The result of a load. `entries`: the number of journal entries for each key that was sent."""
    ledger = load.ledger
    changes = [answer for answer in ledger.answers if answer.kind not in READS]
    reads = {kind: [answer for answer in ledger.answers if answer.kind == kind] for kind in READS}
    without_changes = longest_without(changes, load.began, load.ended)
    without_reads = {kind: longest_without(answers, load.began, load.ended) for kind, answers in reads.items()}
    failed_reads = sum(answer.status >= 500 for answers in reads.values() for answer in answers)
    lost = sum(not entries.get(key) for key in ledger.acknowledged)
    doubled = sum(entries.get(key, 0) > 1 for key in ledger.sent)
    failures = Counter[str](_named(answer) for answer in ledger.answers if not answer.is_success)
    improper = any(not answer.is_proper for answer in ledger.answers if answer.kind != "page")
    within = fault.writes_within(way)
    breaches = [
        *([f"no change for {without_changes:.1f} s"] if without_changes > within else []),
        *(f"no {kind} for {seconds:.2f} s" for kind, seconds in without_reads.items() if seconds > READS_WITHIN),
        *([f"{failed_reads} reads with 5xx"] if failed_reads else []),
        *([f"{lost} acknowledged changes lost"] if lost else []),
        *([f"{doubled} changes doubled"] if doubled else []),
        *(f"{times} x {name}" for name, times in failures.items() if fault.is_planned or _is_forbidden(name)),
        *(["503 without problem or Retry-After"] if improper else []),
        *([f"verify: {verification}"] if verification else []),
    ]
    return Result(
        fault=fault.name,
        way=way,
        round=number,
        changes=len(ledger.acknowledged),
        without_changes=round(without_changes, 2),
        changes_within=within,
        without_reads={kind: round(seconds, 2) for kind, seconds in without_reads.items()},
        stall=round(load.stall, 2),
        failed_reads=failed_reads,
        failures=dict(failures),
        lost=lost,
        doubled=doubled,
        breaches=breaches,
    )


def longest_without(answers: Sequence[Answer], began: float, ended: float) -> float:
    """The longest time in seconds without a successful answer, from the first moment to the last one."""
    moments = [began, *sorted(answer.ended for answer in answers if answer.is_success), ended]
    return max(later - earlier for earlier, later in pairwise(moments))


def _named(answer: Answer) -> str:
    return f"{answer.kind} {answer.status} {answer.code}"


def _is_forbidden(name: str) -> bool:
    """True for an answer that no fault explains: a refusal of a change that was right, or an internal error."""
    _kind, status, code = name.split(" ", 2)
    return status == "500" or (status[0] == "4" and code != "key_in_use")
