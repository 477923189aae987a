"""The short form of `python -m proofs.imports`: a register in five forms goes to the same journals."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database import Database
from app.loading.imports.service import Summary
from proofs.import_forms import FORMS
from proofs.imports import journals, load, write_forms
from tests.support.database_access import in_database
from tests.support.databases import Databases, Templates
from tests.support.reference import seed

_DOSSIERS = 60


@pytest.fixture
def urls(databases: Databases, templates: Templates) -> Iterator[list[str]]:
    """A database for each form, and for the made-up register."""
    template = templates.prepared_by(seed)
    made = [databases.create(template) for _number in range(len(FORMS) + 1)]
    yield made
    for url in made:
        databases.drop(url)


def test_a_register_in_five_forms_goes_to_the_same_journals(urls: list[str], tmp_path: Path) -> None:
    source, *targets = urls
    forms = write_forms(source, _DOSSIERS, tmp_path)
    assert tuple(forms) == FORMS
    digests = []
    for url, (path, mapping) in zip(targets, forms.values(), strict=True):

        async def imported(database: Database, path: Path = path, mapping: Path | None = mapping) -> Summary:
            return await load(database, path, mapping)

        summary = in_database(url, imported)
        assert summary.loaded == _DOSSIERS, f"{path.name}: {summary}"
        assert dict(summary.flags) == {"hour_assumed": _DOSSIERS / 10}
        digests.append(in_database(url, journals))
    assert len(digests[0]) == _DOSSIERS
    for form, digest in zip(FORMS, digests, strict=True):
        assert digest == digests[0], form
