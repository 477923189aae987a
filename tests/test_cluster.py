"""The short form of the cluster proof, `python -m proofs.cluster`: a lost primary, and a rolling restart."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from proofs.cluster.box import Box
from proofs.cluster.faults import FAULTS, Fault, chosen
from proofs.cluster.load import Answer, Load
from proofs.cluster.programs import advice
from proofs.cluster.report import Result, longest_without, result_of
from proofs.cluster.rounds import tried


def test_a_cluster_loses_nothing_with_its_primary_and_fails_no_request_while_processes_restart() -> None:
    if missing := advice():
        if os.environ.get("REQUIRE_CLUSTER"):
            pytest.fail(f"REQUIRE_CLUSTER is set. {missing}")
        pytest.skip(missing)
    with TemporaryDirectory(prefix="motcua-cluster-") as folder, Box(Path(folder)) as box:
        (lost_primary,), (restart,) = chosen("postmaster killed", "haproxy"), chosen("one by one", "haproxy")
        killed = tried(box, lost_primary, "haproxy", 1)
        assert (killed.lost, killed.doubled) == (0, 0)
        assert killed.changes > 0
        # How long clients wait depends on the machine. The proof itself holds it against bounds.
        assert not [breach for breach in killed.breaches if "no " not in breach and "5xx" not in breach]
        restarted = tried(box, restart, "haproxy", 1)
        assert restarted.failures == {}
        assert restarted.changes > 0


# --- The verdict ------------------------------------------------------------------------------------------------------

PLANNED = next(fault for fault in FAULTS if fault.is_planned)
UNPLANNED = next(fault for fault in FAULTS if not fault.is_planned)
READS = [Answer(kind, at, at + 0.1, 200) for kind in ("lookup", "figure", "page") for at in (0.5, 1.0, 1.5, 2.0)]
CHANGES = [Answer("receive", 0.0, 1.0, 201)]


def verdict(
    *answers: Answer,
    fault: Fault = UNPLANNED,
    entries: Mapping[str, int] | None = None,
    verification: str | None = None,
) -> Result:
    """The result of a load of 2.5 seconds with these answers, whose key `a` is acknowledged."""
    load = Load("http://127.0.0.1", "")
    load.began, load.ended = 0.0, 2.5
    load.ledger.answers += answers
    load.ledger.sent, load.ledger.acknowledged = ["a", "b"], ["a"]
    return result_of(load, fault, "url", 1, {"a": 1} if entries is None else entries, verification)


def test_a_load_without_an_outage_has_no_breach() -> None:
    assert verdict(*READS, *CHANGES).breaches == []


def test_a_lost_or_doubled_change_is_a_breach() -> None:
    assert verdict(*READS, *CHANGES, entries={}).breaches == ["1 acknowledged changes lost"]
    assert verdict(*READS, *CHANGES, entries={"a": 1, "b": 2}).breaches == ["1 changes doubled"]


def test_a_pause_of_reads_is_a_breach_and_so_is_a_5xx_among_them() -> None:
    others = [answer for answer in READS if answer.kind != "figure"]
    assert verdict(*others, *CHANGES).breaches == ["no figure for 2.50 s"]
    failed = Answer("lookup", 1.0, 1.1, 503)
    assert verdict(*READS, *CHANGES, failed).breaches == ["1 reads with 5xx"]


def test_a_503_without_a_problem_is_a_breach() -> None:
    improper = Answer("take", 1.0, 1.1, 503, is_proper=False)
    assert verdict(*READS, *CHANGES, improper).breaches == ["503 without problem or Retry-After"]


def test_a_refused_change_is_a_breach_and_a_passing_outage_is_none_unless_it_was_planned() -> None:
    assert verdict(*READS, *CHANGES, Answer("take", 1.0, 1.1, 412, "changed")).breaches == ["1 x take 412 changed"]
    outage = Answer("take", 1.0, 1.1, 503, "unavailable")
    assert verdict(*READS, *CHANGES, outage).breaches == []
    assert verdict(*READS, *CHANGES, outage, fault=PLANNED).breaches == ["1 x take 503 unavailable"]


def test_a_difference_in_the_register_is_a_breach() -> None:
    assert verdict(*READS, *CHANGES, verification="a difference").breaches == ["verify: a difference"]


def test_the_longest_pause_counts_from_the_begin_to_the_end() -> None:
    assert longest_without([], 1.0, 4.0) == 3.0
    assert longest_without([Answer("take", 1.0, 1.5, 201), Answer("take", 2.0, 3.9, 503)], 1.0, 4.0) == 2.5


def test_places_in_the_list_of_nodes_are_tried_only_with_a_list() -> None:
    assert len(chosen("node killed", "url")) == 3
    assert len(chosen("node killed", "haproxy")) == 1
