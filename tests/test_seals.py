"""Seals and proofs: times and content of seals, and the script with which third parties check them."""

import asyncio
import copy
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from typer.testing import CliRunner

from app.audit.seals import background
from app.audit.seals import service as seal_service
from app.audit.seals.encoding import Seal
from app.audit.seals.folder import copy_seals
from app.audit.seals.lines import all_lines, read_saved
from app.audit.seals.service import seal, seal_if_due
from app.audit.verification.service import verify
from app.cli import commands
from app.database import Connection, Database, DatabaseUnavailable
from app.database.tables import entries
from app.domain.errors import Conflict
from app.loading.simulation.service import simulate
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, receipt, received
from tests.support.client import Client
from tests.support.database_access import open_database
from tests.support.databases import Databases, Templates
from tests.support.pdf import text
from tests.support.reference import seed
from tests.support.verification import verified

DAY = timedelta(days=1)
TOMORROW = NOW + DAY
JOURNAL = Path(__file__).resolve().parents[1] / "docs" / "journal.md"


def run(url: str, work: Callable[[Database], Any], **options: Any) -> Any:
    async def in_loop() -> Any:
        database = await open_database(url, **options)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(in_loop())


def fill(url: str) -> None:
    seed(url)
    run(
        url,
        lambda database: simulate(
            database, dossiers=12, start=date(2021, 3, 1), end=date(2021, 3, 31), seed=3, now=NOW - timedelta(days=30)
        ),
    )


@pytest.fixture
def filled_url(databases: Databases, templates: Templates) -> Iterator[str]:
    url = databases.create(templates.prepared_by(fill))
    yield url
    databases.drop(url)


async def ids(database: Database) -> list[int]:
    async with database.reading() as connection:
        return [row.id for row in await connection.all(select(entries.c.id).order_by(entries.c.id))]


async def add_entries(database: Database, number: int, seed_of_them: int) -> None:
    start, end = date(2021, 4, 1), date(2021, 4, 30)
    await simulate(database, dossiers=number, start=start, end=end, seed=seed_of_them, now=NOW)


# --- Anchors --------------------------------------------------------------------------------------------------------


def test_a_change_and_its_slip_name_the_entry_and_the_newest_seal_and_reads_do_not(
    app_client: Client, seeded_url: str
) -> None:
    clerk = app_client.token("clerk", "20899")
    made = receipt(app_client, clerk)
    code = made["code"]
    assert len(run(seeded_url, lambda database: seal(database, NOW))) == 1
    forwarded = act(app_client, clerk, code, "forward", to_unit="515.03")
    proof = app_client.get(f"{DOSSIERS}/{code}/journal/proof", token=clerk).json()
    hashes = [item["hash"] for item in proof["items"]]
    assert [item["recorded"] for item in (made, forwarded)] == [
        {"sequence": 1, "hash": hashes[0], "newest_seal": 0},
        {"sequence": 2, "hash": hashes[1], "newest_seal": 1},
    ]
    assert "recorded" not in app_client.get(f"{DOSSIERS}/{code}", token=clerk).json()

    control = app_client.get(f"{DOSSIERS}/{code}/slips/control", token=clerk).content
    assert f"Mã đối chiếu bản ghi: {hashes[1]} – dấu niêm phong số 1" in text(control)
    slip = text(app_client.get(f"{DOSSIERS}/{code}/slips/receipt", token=clerk).content)
    assert hashes[0] in slip
    assert "niêm phong" not in slip
    assert len(run(seeded_url, lambda database: seal(database, TOMORROW))) == 1
    assert app_client.get(f"{DOSSIERS}/{code}/slips/control", token=clerk).content == control


def test_a_seal_that_does_not_come_before_its_entry_is_named(app_client: Client, seeded_url: str) -> None:
    code = received(app_client, app_client.token("clerk", "20899"))["code"]
    run(seeded_url, lambda database: seal(database, NOW))
    assert verified(seeded_url) == []

    async def claim_a_later_seal(connection: Connection) -> None:
        await connection.run(update(entries).values(newest_seal=1))

    differences = verified(seeded_url, claim_a_later_seal)
    assert [(item.dossier, item.entry, item.field) for item in differences] == [(code, 1, "newest_seal")]


# --- Times ----------------------------------------------------------------------------------------------------------


def test_each_seal_covers_the_entries_since_the_seal_before(filled_url: str) -> None:
    async def work(database: Database) -> None:
        first = await seal(database, NOW)
        keys = await ids(database)
        await add_entries(database, 3, 4)
        second = await seal(database, TOMORROW)
        later_keys = await ids(database)
        assert [(item.number, item.first_id, item.last_id, item.count) for item in (*first, *second)] == [
            (1, keys[0], keys[-1], len(keys)),
            (2, later_keys[len(keys)], later_keys[-1], len(later_keys) - len(keys)),
        ]
        assert second[0].previous == first[0].hash
        assert [item.date for item in (*first, *second)] == [date(2021, 8, 15), date(2021, 8, 16)]
        assert await verify(database) == []

    run(filled_url, work)


def test_sealed_entries_are_not_sealed_again(filled_url: str) -> None:
    async def work(database: Database) -> None:
        assert len(await seal(database, NOW)) == 1
        assert await seal(database, TOMORROW) == []

    run(filled_url, work)


def test_a_seal_is_due_after_each_day_with_new_entries(filled_url: str) -> None:
    async def work(database: Database) -> None:
        # Until five minutes after midnight, requests from before midnight may still write.
        end_of_day = datetime(2021, 8, 16, 17, 4, 59, tzinfo=UTC)
        assert len(await seal_if_due(database, NOW, DAY)) == 1
        await add_entries(database, 2, 4)
        assert await seal_if_due(database, end_of_day, DAY) == []
        after = await seal_if_due(database, end_of_day + timedelta(seconds=1), DAY)
        assert [item.date for item in after] == [date(2021, 8, 16)]
        assert await seal_if_due(database, end_of_day + timedelta(days=3), DAY) == []
        await add_entries(database, 2, 5)
        # One seal covers several days without the service.
        late = await seal_if_due(database, end_of_day + timedelta(days=9), DAY)
        assert [(item.number, item.date) for item in late] == [(3, date(2021, 8, 24))]
        assert await verify(database) == []

    run(filled_url, work)


def test_a_seal_from_a_wrong_clock_does_not_delay_others(filled_url: str) -> None:
    async def work(database: Database) -> None:
        (ahead,) = await seal(database, NOW + timedelta(days=900))
        await add_entries(database, 2, 4)
        assert [item.date for item in await seal_if_due(database, NOW, DAY)] == [date(2021, 8, 15)]
        await add_entries(database, 2, 5)
        assert await seal_if_due(database, NOW, DAY) == []
        assert len(await seal_if_due(database, TOMORROW, DAY)) == 1
        # The clocks of workers may differ by seconds.
        await add_entries(database, 2, 6)
        assert await seal_if_due(database, TOMORROW - timedelta(seconds=30), DAY) == []
        assert await verify(database) == []
        assert ahead.number == 1

    run(filled_url, work)


def test_an_empty_register_has_no_seal(database_url: str) -> None:
    assert run(database_url, lambda database: seal_if_due(database, NOW, DAY)) == []
    assert run(database_url, lambda database: seal(database, NOW)) == []


def test_concurrent_seals_make_one_chain(filled_url: str) -> None:
    async def work(database: Database) -> None:
        others = [await open_database(filled_url) for _number in range(3)]
        try:
            made = await asyncio.gather(*(seal(other, NOW) for other in (database, *others)))
        finally:
            for other in others:
                await other.close()
        assert [made_seal.number for seals in made for made_seal in seals] == [1]
        assert await verify(database) == []

    run(filled_url, work)


def test_a_seal_waits_for_running_writers_and_no_writer_waits_for_it(filled_url: str) -> None:
    async def write(connection: Connection, entry_id: int) -> None:
        row = (await connection.all(select(entries).order_by(entries.c.id).limit(1)))[0]._asdict()
        await connection.run(insert(entries).values({**row, "id": entry_id, "sequence": entry_id}))

    async def work(database: Database) -> None:
        last = (await ids(database))[-1]
        others = [await open_database(filled_url) for _number in range(2)]
        try:
            async with database.writing() as connection:
                await write(connection, last + 1)
                if database.dialect == "postgresql":
                    async with others[0].writing() as second:
                        await write(second, last + 2)
                running_seal = asyncio.create_task(seal(others[1], NOW))
                done, _waiting = await asyncio.wait([running_seal], timeout=0.2)
                assert not done
                if database.dialect == "postgresql":
                    async with others[0].writing() as third:
                        await write(third, last + 3)
                    assert not running_seal.done()
            (made,) = await running_seal
            # The rows visible at the start, and those with lower ids. On SQLite the start waits for the writer.
            assert made.last_id == last + (2 if database.dialect == "postgresql" else 1)
        finally:
            for other in others:
                await other.close()

    run(filled_url, work)


def test_new_entries_are_sealed_after_the_minutes_of_the_setting(filled_url: str) -> None:
    async def work(database: Database) -> None:
        minutes = timedelta(minutes=5)
        assert len(await seal_if_due(database, NOW, minutes)) == 1
        await add_entries(database, 2, 4)
        assert await seal_if_due(database, NOW + timedelta(minutes=4), minutes) == []
        (second,) = await seal_if_due(database, NOW + minutes, minutes)
        # Without new entries there is no seal.
        assert await seal_if_due(database, NOW + 3 * minutes, minutes) == []
        assert (second.number, second.date) == (2, date(2021, 8, 15))
        assert await verify(database) == []

    run(filled_url, work)


def test_a_seal_waits_for_a_bounded_time(filled_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_service, "_PATIENCE", 0.05)

    async def work(database: Database) -> None:
        other = await open_database(filled_url)
        try:
            async with other.writing() as connection:
                row = (await connection.all(select(entries).limit(1)))[0]._asdict()
                await connection.run(insert(entries).values({**row, "id": 10**6, "sequence": 99}))
                with pytest.raises(DatabaseUnavailable):
                    await seal(database, NOW)
        finally:
            await other.close()
        assert len(await seal(database, NOW)) == 1

    run(filled_url, work, busy_seconds=0.1)


def test_the_size_of_a_seal_is_bounded_and_more_entries_get_more_seals(
    filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_service, "LEAVES", 4)
    monkeypatch.setattr(seal_service, "BLOCKS", 4)
    made: list[Seal] = run(filled_url, lambda database: seal(database, NOW))
    keys = run(filled_url, ids)
    sizes = [item.count + sum(log["count"] for log in (item.logs or {}).values()) for item in made]
    assert sizes[:-1] == [16] * (len(made) - 1)
    assert sum(item.count for item in made) == len(keys)
    assert run(filled_url, verify) == []
    with Client(filled_url, TOMORROW) as client:
        token = client.token("supervisor")
        items = client.get("/api/v1/dossiers?open=false&limit=3", token=token).json()["items"]
        for item in items:
            answer = client.get(f"{DOSSIERS}/{item['code']}/journal/proof", token=token).json()
            assert checked(answer, run(filled_url, all_lines)).returncode == 0


def test_a_worker_seals_after_the_end_of_the_day(seeded_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PAUSE", 0.02)
    with Client(seeded_url, NOW) as client:
        received(client, client.token("clerk", "20899"))
        client.now = TOMORROW
        # The worker may have sealed the first entry by now. A second one makes sure that a seal is due.
        received(client, client.token("clerk", "20899"))
        for _attempt in range(500):
            items = client.get("/api/v1/seals").json()["items"]
            if items and items[0]["date"] == "2021-08-16":
                break
        else:
            pytest.fail("no seal was made")
    assert run(seeded_url, verify) == []


# --- The folder -----------------------------------------------------------------------------------------------------


def test_each_seal_is_copied_once_and_a_seal_that_differs_is_refused(filled_url: str, tmp_path: Path) -> None:
    async def work(database: Database) -> None:
        assert await copy_seals(database, tmp_path) == 0
        await seal(database, NOW)
        await add_entries(database, 2, 4)
        await seal(database, TOMORROW)
        assert 2 in await asyncio.gather(*(copy_seals(database, tmp_path) for _worker in range(2)))
        assert await copy_seals(database, tmp_path) == 0
        files = await asyncio.to_thread(lambda: sorted(tmp_path.iterdir()))
        assert [file.read_text() for file in files] == [f"{item}\n" for item in await all_lines(database)]
        assert [saved.number for file in files for saved in read_saved(file)] == [1, 2]
        # As if the register had been rewritten since.
        files[1].rename(tmp_path / f"seal-000000002-{'0' * 64}.json")
        with pytest.raises(Conflict, match="seal 2") as refused:
            await copy_seals(database, tmp_path)
        assert refused.value.code == "seals_differ"
        (tmp_path / f"seal-000000003-{'0' * 64}.json").touch()
        with pytest.raises(Conflict, match="seal 3"):
            await copy_seals(database, tmp_path)

    run(filled_url, work)


# --- The command ----------------------------------------------------------------------------------------------------


def commanded(url: str, *arguments: str) -> list[str]:
    end = CliRunner().invoke(commands, ["seal", *arguments], env={"MOTCUA_DATABASE_URL": url})
    assert end.exit_code == 0, end.output
    return end.stdout.splitlines()


def test_the_command_seals_and_prints_the_line_to_save(filled_url: str) -> None:
    assert commanded(filled_url, "--all") == commanded(filled_url, "--list") == []
    (line,) = commanded(filled_url)
    assert commanded(filled_url) == [line] == commanded(filled_url, "--all")
    kept = json.loads(line)
    assert set(kept) == {"number", "hash", "content"}
    assert json.loads(kept["content"])["count"] == len(run(filled_url, ids))
    (row,) = commanded(filled_url, "--list")
    assert row.split()[0] == "1"
    assert row.split()[-1] == kept["hash"]


# --- HTTP -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sealed(app_client: Client, seeded_url: str) -> tuple[str, str]:
    """The code of a dossier with two entries under one seal, one under the next and one under none; a token for it."""
    token = app_client.token("supervisor", "20899")
    others = [received(app_client, token)["code"] for _number in range(3)]
    code = others[1]
    act(app_client, token, code, "take")
    act(app_client, token, others[0], "take")
    run(seeded_url, lambda database: seal(database, app_client.now))
    app_client.now += timedelta(days=1)
    act(app_client, token, code, "request-supplement", reason="Thiếu giấy khai sinh")
    run(seeded_url, lambda database: seal(database, app_client.now))
    app_client.now += timedelta(days=1)
    act(app_client, token, code, "supplement")
    return code, token


def test_seals_are_public_in_pages_the_newest_first(
    app_client: Client, sealed: tuple[str, str], seeded_url: str
) -> None:
    lines = [json.loads(line) for line in run(seeded_url, all_lines)]
    first = app_client.get("/api/v1/seals?limit=1").json()
    second = app_client.get(f"/api/v1/seals?limit=1&cursor={first['next_cursor']}").json()
    assert second["next_cursor"] is None
    both = [*first["items"], *second["items"]]
    assert [{name: item[name] for name in ("number", "hash", "content")} for item in both] == lines[::-1]
    assert (both[0]["date"], both[0]["count"], both[0]["previous"]) == ("2021-08-16", 1, both[1]["hash"])
    assert both[1]["sealed_at"] == "2021-08-16T08:30:00+07:00"


def test_a_proof_has_every_entry_with_its_seal(app_client: Client, sealed: tuple[str, str]) -> None:
    code, token = sealed
    answer = app_client.get(f"{DOSSIERS}/{code}/journal/proof", token=token)
    proof = answer.json()
    assert [item["inclusion"] and item["inclusion"]["seal"] for item in proof["items"]] == [1, 1, 2, None]
    assert [item["number"] for item in proof["seals"]] == [1, 2]
    assert proof["journal_hash"] == proof["items"][-1]["hash"]
    journal = app_client.get(f"{DOSSIERS}/{code}/journal", token=token).json()["items"]
    for item, entry in zip(proof["items"], journal, strict=True):
        content = json.loads(item["content"])
        assert (content["sequence"], content["type"], content["client"]) == (item["sequence"], entry["type"], "tests")
    for personal in ("Nguyễn Thị Hoa", "049185001234", "0905123456", "Thiếu giấy", "Trần Văn Minh"):
        assert personal not in answer.text


def test_a_proof_of_one_entry_or_of_a_page_can_be_requested(app_client: Client, sealed: tuple[str, str]) -> None:
    code, token = sealed
    path = f"{DOSSIERS}/{code}/journal/proof"
    whole = app_client.get(path, token=token).json()
    part = app_client.get(f"{path}?sequence=3", token=token).json()
    assert part["items"] == [whole["items"][2]]
    assert [seal["number"] for seal in part["seals"]] == [2]
    first = app_client.get(f"{path}?limit=3", token=token).json()
    second = app_client.get(f"{path}?limit=3&cursor={first['next_cursor']}", token=token).json()
    assert [*first["items"], *second["items"]] == whole["items"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("sequence=5", 404, "unknown_entry"),
        ("sequence=0", 422, "invalid"),
        ("limit=51", 422, "invalid"),
        ("cursor=x", 400, "bad_cursor"),
        ("entry=1", 422, "invalid"),
    ],
)
def test_an_invalid_request_for_a_proof_is_refused(
    app_client: Client, sealed: tuple[str, str], asked: str, status: int, code: str
) -> None:
    answer = app_client.get(f"{DOSSIERS}/{sealed[0]}/journal/proof?{asked}", token=sealed[1])
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


# --- The script of the docs -----------------------------------------------------------------------------------------


def script() -> str:
    (script,) = re.findall(r"^```python\n(.*?)^```$", JOURNAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(script)


def checked(answer: Any, kept: list[str], others: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Runs the script on a response and saved seals as a third party does, without this package."""
    program = f"import sys; sys.argv = ['check.py', *{_ARGUMENTS}]\n{_FILES}\n{script()}"
    given = json.dumps({"answer": json.dumps(answer), "kept": "\n".join(kept), "others": "\n".join(others)})
    return subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", program], input=given, capture_output=True, text=True, check=False
    )


# The script reads files. Here they are in memory, because hundreds of responses are checked.
_ARGUMENTS = "['answer', 'kept', 'others']"
_FILES = """
import io, json
given = json.load(sys.stdin)
def open(name, encoding):
    return io.StringIO(given[name])
"""


def test_the_script_has_forty_lines_and_needs_only_the_standard_library() -> None:
    lines = script().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 120
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names


def test_the_script_runs_from_files(
    app_client: Client, sealed: tuple[str, str], seeded_url: str, tmp_path: Path
) -> None:
    code, token = sealed
    for name, content in {
        "check.py": script(),
        "answer.json": app_client.get(f"{DOSSIERS}/{code}/journal/proof", token=token).text,
        "lines.ndjson": "\n".join(run(seeded_url, all_lines)),
        "seals.json": app_client.get("/api/v1/seals").text,
    }.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    for kept, by_kept in (([], 0), (["lines.ndjson"], 3), (["seals.json"], 3), (["lines.ndjson", "seals.json"], 3)):
        end = subprocess.run(
            [sys.executable, "-I", "check.py", "answer.json", *kept],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        expected = f"4 entries intact, 3 sealed, {by_kept} by kept seals.\n"
        assert (end.returncode, end.stdout) == (0, expected), end.stderr


def replaced(place: str, old: str, new: str) -> Callable[[Any, list[Any]], None]:
    """Changes the text at a place of the response."""

    def alter(answer: Any, _kept: list[Any]) -> None:
        *way, last = [int(item) if item.isdigit() else item for item in place.split(".")]
        for item in way:
            answer = answer[item]
        assert old in answer[last], place
        answer[last] = answer[last].replace(old, new)

    return alter


def an_entry_left_out(answer: Any, _kept: list[Any]) -> None:
    del answer["items"][1]


def entries_exchanged(answer: Any, _kept: list[Any]) -> None:
    answer["items"][0], answer["items"][1] = answer["items"][1], answer["items"][0]


def the_way_of_another_entry(answer: Any, _kept: list[Any]) -> None:
    answer["items"][0]["inclusion"] = answer["items"][1]["inclusion"]


def a_way_turned_round(answer: Any, _kept: list[Any]) -> None:
    for step in answer["items"][0]["inclusion"]["path"]:
        step["side"] = "left" if step["side"] == "right" else "right"


def a_way_cut_short(answer: Any, _kept: list[Any]) -> None:
    answer["items"][0]["inclusion"]["path"].pop()


def the_seal_of_another_day(answer: Any, _kept: list[Any]) -> None:
    answer["items"][0]["inclusion"]["seal"] = 2


def another_dossier(answer: Any, _kept: list[Any]) -> None:
    answer["dossier"] += "1"


def made_anew(seal: Any, **changes: Any) -> None:
    """Changes the content of the seal, with the right hash."""
    said = {**json.loads(seal["content"]), **changes}
    seal["content"] = json.dumps(said, sort_keys=True, separators=(",", ":"))
    seal["hash"] = hashlib.sha256(seal["content"].encode()).hexdigest()


def a_seal_made_anew(answer: Any, _kept: list[Any]) -> None:
    made_anew(answer["seals"][0], date="2021-08-01")


def a_seal_without_the_one_before(answer: Any, kept: list[Any]) -> None:
    made_anew(answer["seals"][1], previous="0" * 64)
    del kept[1]


def a_first_seal_that_follows_another(answer: Any, kept: list[Any]) -> None:
    made_anew(answer["seals"][0], previous="1" * 64)
    kept.clear()


def kept_seals_that_do_not_follow_each_other(_answer: Any, kept: list[Any]) -> None:
    made_anew(kept[1], previous="1" * 64)


def a_kept_seal_that_was_altered(_answer: Any, kept: list[Any]) -> None:
    kept[0]["content"] = kept[0]["content"].replace("2021-08-15", "2021-08-14")


ALTERED: dict[str, Callable[[Any, list[Any]], None]] = {
    "the client of an entry": replaced("items.1.content", '"client":"tests"', '"client":"khac"'),
    "the time of an entry": replaced("items.1.content", "T01:", "T00:"),
    "the hash of an entry": replaced("items.0.hash", "", "0"),
    "a hash beside the way": replaced("items.0.inclusion.path.0.hash", "", "00"),
    "the content of a seal": replaced("seals.0.content", "2021-08-15", "2021-08-14"),
    "the hash of a seal": replaced("seals.0.hash", "", "0"),
    "an entry left out": an_entry_left_out,
    "entries exchanged": entries_exchanged,
    "the way of another entry": the_way_of_another_entry,
    "a way turned round": a_way_turned_round,
    "a way cut short": a_way_cut_short,
    "the seal of another day": the_seal_of_another_day,
    "another dossier": another_dossier,
    "a seal made anew": a_seal_made_anew,
    "a seal without the one before": a_seal_without_the_one_before,
    "a first seal that follows another": a_first_seal_that_follows_another,
    "kept seals that do not follow each other": kept_seals_that_do_not_follow_each_other,
    "a kept seal that was altered": a_kept_seal_that_was_altered,
}


def test_the_script_rejects_every_changed_response(
    app_client: Client, sealed: tuple[str, str], seeded_url: str
) -> None:
    code, token = sealed
    answer = app_client.get(f"{DOSSIERS}/{code}/journal/proof", token=token).json()
    kept = [json.loads(line) for line in run(seeded_url, all_lines)]
    assert checked(answer, [json.dumps(item) for item in kept]).returncode == 0
    for name, alter in ALTERED.items():
        altered, altered_seals = copy.deepcopy(answer), copy.deepcopy(kept)
        alter(altered, altered_seals)
        end = checked(altered, [json.dumps(item) for item in altered_seals])
        assert end.returncode == 1, name
        assert end.stderr.startswith("WRONG: "), (name, end.stderr)


def output_of(end: subprocess.CompletedProcess[str]) -> str:
    """The last line that it printed, if it succeeded."""
    assert end.returncode == 0, end.stderr
    return end.stdout.split("sealed, ")[1]


def forged(answer: Any) -> None:
    """Changes the client of each entry, with new hashes, trees and seals that no saved seal covers."""
    answer["seals"], previous = [], "0" * 64
    for number, entry in enumerate(answer["items"], start=50):
        said = {**json.loads(entry["content"]), "client": "khac", "previous": previous}
        entry["content"] = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        entry["hash"] = previous = hashlib.sha256(entry["content"].encode()).hexdigest()
        root = hashlib.sha256(b"\0" + previous.encode()).hexdigest()
        entry["inclusion"] = {"seal": number, "path": []}
        answer["seals"].append({"number": number, "content": "{}"})
        before = answer["seals"][-2]["hash"] if number > 50 else "1" * 64
        made_anew(answer["seals"][-1], number=number, root=root, previous=before)


def test_the_script_counts_entries_under_saved_seals(
    app_client: Client, sealed: tuple[str, str], seeded_url: str
) -> None:
    code, token = sealed
    answer = app_client.get(f"{DOSSIERS}/{code}/journal/proof", token=token).json()
    first, second = run(seeded_url, all_lines)
    # A saved seal covers the seals before it if the response has all of them, and no later seal.
    assert output_of(checked(answer, [first])) == "2 by kept seals.\n"
    assert output_of(checked(answer, [second])) == "3 by kept seals.\n"
    only_first = {**answer, "items": answer["items"][:1], "seals": answer["seals"][:1]}
    assert output_of(checked(only_first, [second])) == "1 by kept seals.\n"
    forged(answer)
    assert output_of(checked(answer, [first, second])) == "0 by kept seals.\n"
    for number in (0, -1):
        made_anew(answer["seals"][0], number=number)
        answer["seals"][0]["number"] = answer["items"][0]["inclusion"]["seal"] = number
        assert checked(answer, [first, second]).stderr == f"WRONG: seal {number}\n"


def test_the_script_accepts_only_saved_seals_as_such(
    app_client: Client, sealed: tuple[str, str], seeded_url: str
) -> None:
    code, token = sealed
    answer = app_client.get(f"{DOSSIERS}/{code}/journal/proof", token=token).json()
    kept = run(seeded_url, all_lines)
    others = [json.loads(line) for line in kept]
    made_anew(others[1], date="2021-08-15")
    answer["seals"] = []
    answer["items"] = []
    end = checked(answer, kept, [json.dumps(other) for other in others])
    assert (end.returncode, end.stderr) == (1, "WRONG: seal 2 has two contents\n")
    # Without saved seals, no entry is covered.
    answer = app_client.get(f"{DOSSIERS}/{code}/journal/proof", token=token).json()
    assert output_of(checked(answer, [], kept)) == "0 by kept seals.\n"
