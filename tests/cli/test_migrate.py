"""`motcua migrate`: on databases of newer versions."""

from app.database import schema
from tests.support.command_results import Run, refused
from tests.support.schemas import NEWER, pretend_newer


def test_an_older_migrate_leaves_a_newer_schema_that_bears_it(motcua: Run, database_url: str) -> None:
    pretend_newer(database_url, schema.head())
    end = motcua("migrate", database_url=database_url)
    assert (end.returncode, end.stderr) == (0, "")
    assert NEWER in end.stdout
    assert schema.current(database_url) == NEWER


def test_an_older_migrate_refuses_a_newer_schema_that_does_not_bear_it(motcua: Run, database_url: str) -> None:
    pretend_newer(database_url, NEWER)
    refused(motcua("migrate", database_url=database_url), 1, "schema_ahead")


def test_the_plan_changes_nothing(motcua: Run, database_url: str) -> None:
    schema.downgrade(database_url, "0024")
    end = motcua("migrate", "--plan", database_url=database_url)
    assert (end.returncode, end.stderr) == (0, "")
    assert str(schema.head()) in end.stdout
    assert schema.current(database_url) == "0024"


def test_the_plan_of_an_up_to_date_database_is_empty(motcua: Run, database_url: str) -> None:
    assert motcua("migrate", "--plan", database_url=database_url).stdout == "No migration is pending.\n"
