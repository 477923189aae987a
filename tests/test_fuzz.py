"""The short form of `python -m proofs.fuzz`: the same fuzzer and checks, with few cases and a fixed seed."""

from proofs.fuzz import fuzz
from tests.support.databases import Databases, SqliteDatabases


def test_responses_to_generated_requests_are_as_documented(databases: Databases, seeded_url: str) -> None:
    # The long form has all roles on both databases.
    kind, role = ("sqlite", "supervisor") if isinstance(databases, SqliteDatabases) else ("postgresql", "administrator")
    run = fuzz(kind, seeded_url, role, examples=1, seed_number=1, phases="examples,fuzzing,stateful")
    assert not run.failed, run.report
    operations = {operation for operation, _status in run.counts}
    assert len(operations) > 50
    assert run.cases > 4 * len(operations)
    statuses = {status for _operation, status in run.counts}
    assert {200, 201, 404, 422} <= statuses
    assert max(statuses) < 500
