"""The version before on the schema of this one, and the short form of the proof `python -m proofs.migrate`."""

from random import Random

import pytest

from proofs.migrate import prove
from proofs.migrate_registers import prepared
from proofs.previous_version import NoHistory


def test_clients_notice_no_error_while_a_killed_migration_and_new_processes_replace_a_version() -> None:
    try:
        with prepared(60) as register:
            result = prove(register, kills=2, random=Random(3))
    except NoHistory as error:
        # A copy of the sources without the history does not have the version before.
        pytest.skip(str(error))
    assert result.errors == []
    assert all(seen.successes > 10 for seen in result.observed.values())
