"""The export for inspectors, and the program of one file that checks it without the service."""

import hashlib
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.export.service import export
from app.audit.seals.lines import all_lines
from app.audit.seals.service import seal
from app.database import Database
from app.database.tables import access_log
from app.loading.simulation.service import simulate
from tests.conftest import NOW
from tests.support.database_access import in_database
from tests.support.databases import Databases, Templates
from tests.support.reference import seed

PROGRAM = Path(__file__).resolve().parents[1] / "docs" / "check_export.py"
_MOST_LINES = 200

Line = dict[str, Any]
Tampering = Callable[[list[Line]], list[Line] | None]


def fill(url: str) -> None:
    """Two seals, and entries after them."""
    seed(url)

    async def work(database: Database) -> None:
        for number in range(3):
            now = NOW + timedelta(days=number)
            month = date(2021, 3 + number, 1)
            await simulate(database, dossiers=150, start=month, end=month + timedelta(days=9), seed=number, now=now)
            # The last ones of the month before come late, as from a worker without the primary.
            for at in (now, now + timedelta(days=40), now):
                view = {"viewed_at": at, "client": "quầy", "dossier_id": 1, "kind": "dossier"}
                async with database.writing() as connection:
                    await connection.insert_many(access_log, [view] * 3)
            if number < 2:
                await seal(database, now)

    in_database(url, work)


class Exported:
    """An export with the seals that were kept of it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        lines: list[str] = []
        self.number = in_database(url, lambda database: export(database, NOW, lines.append))
        self.lines: list[Line] = [json.loads(line) for line in lines]
        self.kept = folder / "kept.ndjson"
        self.kept.write_text("\n".join(in_database(url, all_lines)), encoding="utf-8")

    def faults(self, lines: list[Line]) -> list[str]:
        """What the program finds in these lines, run in this process."""
        checker = runpy.run_path(str(PROGRAM))["Checker"]()
        checker.read(iter(lines))
        checker.kept(iter(json.loads(line) for line in self.kept.read_text(encoding="utf-8").splitlines()))
        return list(checker.faults)

    def check(self, *kept: Path) -> tuple[int, str]:
        """The exit status and the output of the program for the whole export."""
        file = self.folder / "export.ndjson"
        written = (json.dumps(line, ensure_ascii=False) for line in self.lines)
        file.write_text("\n".join(written), encoding="utf-8")
        # -I: neither the service nor a package of it may be read.
        end = subprocess.run(
            [sys.executable, "-I", PROGRAM, file, *kept], capture_output=True, text=True, timeout=60, check=False
        )
        assert not end.stderr, end.stderr
        return end.returncode, end.stdout


@pytest.fixture(scope="module")
def exported(databases: Databases, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(templates.prepared_by(fill), tmp_path_factory.mktemp("export"))


def test_the_program_agrees_with_a_real_export(exported: Exported) -> None:
    status, output = exported.check(exported.kept)
    assert status == 0, output
    assert "2 kept seals were compared. The last that agrees is 2 of 2." in output
    assert "450 dossiers" in output
    assert exported.number > 512  # more than a block
    status, output = exported.check()
    assert (status, "could have made all of this again" in output) == (0, True)


def test_the_program_is_short_and_needs_only_the_standard_library() -> None:
    source = PROGRAM.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= _MOST_LINES
    modules = re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)
    assert set(modules) <= set(sys.stdlib_module_names)


def test_the_export_has_no_personal_data(exported: Exported) -> None:
    assert {"applicant_hash", "text_hash"} <= json.loads(exported.lines[1]["content"]).keys()
    assert not any("identity" in line.get("content", "") for line in exported.lines if line.get("log") == "journal")


# --- Tamperings -------------------------------------------------------------------------------------------------------


def of_log(lines: list[Line], name: str) -> list[Line]:
    return [line for line in lines if line.get("log") == name]


def seals_of(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "seal" in line]


def rewrite(line: Line, **values: Any) -> None:
    """Changes the content and the hash of a line."""
    line["content"] = json.dumps(
        {**json.loads(line["content"]), **values}, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    line["hash"] = hashlib.sha256(line["content"].encode()).hexdigest()


def recount(lines: list[Line]) -> list[Line]:
    """The lines with the numbers at the end that they have."""
    counts = {name: len(of_log(lines, name)) for name in ("journal", "ledger", "views")} | {
        "seals": len(seals_of(lines))
    }
    return [*lines[:-1], {"end": counts}]


def a_content_changed(lines: list[Line]) -> None:
    lines[5]["content"] = lines[5]["content"].replace('"sequence":', '"sequence": ')


def a_content_changed_with_its_hash(lines: list[Line]) -> None:
    rewrite(of_log(lines, "journal")[3], client="ai khác")


def a_last_entry_changed_with_its_hash(lines: list[Line]) -> None:
    # No later entry of the dossier has its hash.
    entries = of_log(lines, "journal")[:300]
    last = {json.loads(line["content"])["dossier"]: line for line in entries}
    rewrite(next(iter(last.values())), client="ai khác")


def an_entry_removed(lines: list[Line]) -> list[Line]:
    return recount([line for line in lines if line is not of_log(lines, "journal")[7]])


def a_dossier_removed(lines: list[Line]) -> list[Line]:
    code = json.loads(lines[1]["content"])["dossier"]
    others = [line for line in lines[1:-1] if json.loads(line.get("content", "{}")).get("dossier") != code]
    return recount([lines[0], *others, lines[-1]])


def two_entries_exchanged(lines: list[Line]) -> None:
    lines[2], lines[9] = lines[9], lines[2]


def two_ids_exchanged(lines: list[Line]) -> None:
    lines[2]["id"], lines[9]["id"] = lines[9]["id"], lines[2]["id"]


def an_entry_inserted(lines: list[Line]) -> list[Line]:
    made = {**lines[1], "id": lines[1]["id"]}
    rewrite(made, dossier="000.01.15.H47-210301-9999")
    return recount([*lines[:2], made, *lines[2:]])


def the_end_cut_off(lines: list[Line]) -> list[Line]:
    return lines[:-1]


def entries_after_the_last_seal_cut_off(lines: list[Line]) -> list[Line]:
    last = of_log(lines, "journal")[-1]
    return [line for line in lines if line is not last]


def an_entry_of_the_ledger_changed(lines: list[Line]) -> None:
    rewrite(of_log(lines, "ledger")[4], client="ai khác")


def an_entry_of_the_ledger_removed(lines: list[Line]) -> list[Line]:
    return recount([line for line in lines if line is not of_log(lines, "ledger")[4]])


def the_last_entry_of_the_ledger_removed(lines: list[Line]) -> list[Line]:
    sealed = json.loads(seals_of(lines)[-1]["content"])["logs"]["ledger"]["last"]
    return recount([line for line in lines if line.get("log") != "ledger" or line["id"] < sealed])


def a_ledger_that_begins_later(lines: list[Line]) -> list[Line]:
    return recount([line for line in lines if line not in of_log(lines, "ledger")[:10]])


def a_seal_removed(lines: list[Line]) -> list[Line]:
    return recount([line for line in lines if line is not seals_of(lines)[0]])


def a_seal_with_another_root(lines: list[Line]) -> None:
    rewrite(seals_of(lines)[-1], root="0" * 64)


def a_seal_dated_earlier(lines: list[Line]) -> None:
    rewrite(seals_of(lines)[0], sealed_at="2020-01-01T00:00:00+00:00")


def a_seal_over_fewer_entries(lines: list[Line]) -> None:
    last = seals_of(lines)[-1]
    rewrite(last, count=json.loads(last["content"])["count"] - 1, last_id=json.loads(last["content"])["last_id"] - 1)


def a_block_with_another_root(lines: list[Line]) -> None:
    seals_of(lines)[0]["blocks"][0]["root"] = "0" * 64


def a_correction_approved_by_its_own_author(lines: list[Line]) -> list[Line]:
    line = of_log(lines, "journal")[-1]
    body = json.loads(line["content"])
    made = {"log": "journal", "id": line["id"] + 1}, {"log": "journal", "id": line["id"] + 2}
    data = {"asked_by": body["client"], "sequence": 1, "changes": {"at": "2021-03-01T08:00:00+07:00"}}
    for number, (item, kind) in enumerate(zip(made, ("correct", "approve-correction"), strict=True), start=1):
        correction = {"correction": body["sequence"] + 1} if kind == "approve-correction" else {}
        previous = line["hash"] if number == 1 else made[0]["hash"]
        item["content"] = line["content"]
        more = {"previous": previous, "sequence": body["sequence"] + number, "type": kind}
        rewrite(item, **more, data={**data, **correction})
    place = lines.index(line) + 1
    return recount([*lines[:place], *made, *lines[place:]])


def a_view_removed(lines: list[Line]) -> list[Line]:
    lines.remove(of_log(lines, "views")[1])
    return recount(lines)


def views_of_a_month_left_out(lines: list[Line]) -> list[Line]:
    return recount([line for line in lines if line not in of_log(lines, "views")[:3]])


TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "a content changed": (a_content_changed, "the hash of journal"),
    "a content changed with its hash": (a_content_changed_with_its_hash, "other entries of journal in block 1"),
    "a last entry changed with its hash": (a_last_entry_changed_with_its_hash, "other entries of journal in block"),
    "an entry removed": (an_entry_removed, "seal 1 has"),
    "a dossier removed": (a_dossier_removed, "seal 1 has"),
    "two entries exchanged": (two_entries_exchanged, "does not stand in its order"),
    "two ids exchanged": (two_ids_exchanged, "does not stand in its order"),
    "an entry inserted": (an_entry_inserted, "does not stand in its order"),
    "the end cut off": (the_end_cut_off, "it was cut or joined"),
    "entries after the last seal cut off": (entries_after_the_last_seal_cut_off, "it was cut or joined"),
    "an entry of the ledger changed": (an_entry_of_the_ledger_changed, "does not follow the entry before it"),
    "an entry of the ledger removed": (an_entry_of_the_ledger_removed, "is not number 5"),
    "the last entry of the ledger removed": (the_last_entry_of_the_ledger_removed, "of ledger, not"),
    "a ledger that begins later": (a_ledger_that_begins_later, "is not number 1"),
    "a seal removed": (a_seal_removed, "seal 2 does not stand in its order"),
    "a seal with another root": (a_seal_with_another_root, "has another root than its entries"),
    "a seal dated earlier": (a_seal_dated_earlier, "seal 2 does not follow the seal before it"),
    "a seal over fewer entries": (a_seal_over_fewer_entries, "seal 2"),
    "a block with another root": (a_block_with_another_root, "other entries of journal in block 1"),
    "a view removed": (a_view_removed, "other entries of views in block"),
    "a correction approved by its own author": (a_correction_approved_by_its_own_author, "nobody else asked for this"),
}


def test_a_month_of_views_may_be_missing(exported: Exported) -> None:
    lines: list[Line] = json.loads(json.dumps(exported.lines))
    assert len([block for block in seals_of(lines)[0]["blocks"] if block["log"] == "views"]) == 3
    assert exported.faults(views_of_a_month_left_out(lines)) == []


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_program_names_what_was_changed(exported: Exported, name: str) -> None:
    tampering, words = TAMPERINGS[name]
    lines: list[Line] = json.loads(json.dumps(exported.lines))
    changed = tampering(lines)
    assert words in "\n".join(exported.faults(lines if changed is None else changed))


def test_kept_seals_name_a_register_that_was_made_again(exported: Exported, tmp_path: Path) -> None:
    others = json.loads(exported.kept.read_text(encoding="utf-8").splitlines()[1])
    others["content"] = others["content"].replace('"count":', '"count":1')
    others["hash"] = hashlib.sha256(others["content"].encode()).hexdigest()
    other, empty = tmp_path / "other.ndjson", tmp_path / "empty.ndjson"
    other.write_text(json.dumps(others), encoding="utf-8")
    empty.touch()
    assert "WRONG: seal 2 is not the seal that was kept" in exported.check(other)[1]
    assert "WRONG: no kept seal was compared" in exported.check(empty)[1]
