"""The services of deploy/systemd: backups, verification and seals kept outside, run as systemd runs them."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import KEYS, NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.reference import seed

SYSTEMD = Path(__file__).resolve().parents[1] / "deploy" / "systemd"
NAMES = ("motcua-backup", "motcua-verify", "motcua-seals")


class Machine:
    """A machine with a register on SQLite, the program `motcua`, and the folders of the services."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database = home / "motcua.db"
        self.url = f"sqlite:///{self.database}"
        seed(self.url)
        program = home / "bin" / "motcua"
        program.parent.mkdir()
        root = Path(__file__).resolve().parents[1]
        program.write_text(
            f"#!/bin/sh\ncd {root}\nexec {sys.executable} -c 'from app.cli import main; main()' \"$@\"\n"
        )
        program.chmod(0o755)
        (home / "text").mkdir()

    def receive(self) -> None:
        """One more dossier."""
        with Client(self.url, NOW) as client:
            received(client, client.token("clerk"))

    def run(self, name: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """The end of a service."""
        environment = {
            **os.environ,
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "MOTCUA_DATABASE_URL": self.url,
            "MOTCUA_KEYS": KEYS,
            "MOTCUA_BACKUPS": str(self.home / "backups"),
            "MOTCUA_KEPT": str(self.home / "kept"),
            "MOTCUA_TEXTFILES": str(self.home / "text"),
            **settings,
        }
        return subprocess.run(
            [SYSTEMD / name], check=False, capture_output=True, text=True, env=environment, timeout=120
        )

    def measure(self, name: str) -> float:
        """A measure for node_exporter."""
        text = "\n".join(file.read_text() for file in (self.home / "text").glob("*.prom"))
        match = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        assert match is not None, text
        return float(match[1])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_backups_are_checked_and_only_the_newest_are_kept(machine: Machine) -> None:
    old = [machine.home / "backups" / f"base-2021010{day}T000000Z" for day in (1, 2, 3)]
    for folder in old:
        folder.mkdir(parents=True)
    end = machine.run("motcua-backup", MOTCUA_BACKUPS_KEPT="2")
    assert end.returncode == 0, end.stderr
    kept = sorted((machine.home / "backups").iterdir())
    assert [kept[0], len(kept)] == [old[2], 2]
    with closing(sqlite3.connect(kept[1] / "motcua.db")) as copy:
        assert copy.execute("SELECT count(*) FROM units").fetchone()[0] > 0
    assert machine.measure("motcua_backup_success_timestamp_seconds") > 0


def test_a_failed_backup_leaves_no_part_and_no_success(machine: Machine) -> None:
    machine.database.unlink()
    assert machine.run("motcua-backup").returncode != 0
    assert list((machine.home / "backups").iterdir()) == []
    assert list((machine.home / "text").iterdir()) == []


def test_kept_seals_grow_and_are_never_replaced_by_others(machine: Machine) -> None:
    kept = machine.home / "kept" / "seals.ndjson"
    for number in (1, 2):
        machine.receive()
        subprocess.run([machine.home / "bin" / "motcua", "seal"], check=True, env=environment(machine), timeout=60)
        assert machine.run("motcua-seals").returncode == 0
        assert len(kept.read_text().splitlines()) == number
    assert machine.run("motcua-verify").returncode == 0
    assert machine.measure("motcua_verify_success") == 1
    before = kept.read_text()
    with closing(sqlite3.connect(machine.database)) as database:
        # As the owner of the database can.
        database.execute("DROP TRIGGER seals_refuse_update")
        database.execute("UPDATE seals SET hash = root WHERE number = 1")
        database.commit()
    end = machine.run("motcua-seals")
    assert (end.returncode, kept.read_text()) == (1, before)
    assert "are not those" in end.stderr
    assert machine.measure("motcua_seals_kept_success") == 0
    assert machine.run("motcua-verify").returncode == 1
    assert machine.measure("motcua_verify_success") == 0


def environment(machine: Machine) -> dict[str, str]:
    return {**os.environ, "MOTCUA_DATABASE_URL": machine.url, "MOTCUA_KEYS": KEYS}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is missing")
@pytest.mark.parametrize("name", NAMES)
def test_systemd_accepts_the_units(name: str, tmp_path: Path) -> None:
    for kind in ("service", "timer"):
        unit = (SYSTEMD / f"{name}.{kind}").read_text()
        (tmp_path / f"{name}.{kind}").write_text(unit.replace("/usr/local/lib/motcua", str(SYSTEMD)))
    units = [tmp_path / f"{name}.service", tmp_path / f"{name}.timer"]
    end = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], check=False, capture_output=True, text=True, timeout=60
    )
    ours = [line for line in end.stderr.splitlines() if name in line]
    assert (end.returncode, ours) == (0, []), end.stderr
