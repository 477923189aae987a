"""Properties of deploy/systemd: the units are valid, confined, and fit what the service and HAProxy do."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
TIMERS = sorted(FOLDER.glob("*.timer"))
OPERATIONS = FOLDER.parents[1] / "docs" / "operations.md"
each_service = pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
# These write to folders that their settings name, so they have a user of their own.
KEEPING = {"motcua-backup.service", "motcua-seals.service", "motcua-verify.service"}


def lines(unit: Path, name: str) -> list[str]:
    """The values of a setting."""
    return [
        line.partition("=")[2] for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith(f"{name}=")
    ]


@each_service
def test_units_run_without_root_and_cannot_change_the_system(unit: Path) -> None:
    for name, value in {
        **({} if unit.name in KEEPING else {"DynamicUser": "yes"}),
        "NoNewPrivileges": "yes",
        "ProtectSystem": "full" if unit.name in KEEPING else "strict",
        "CapabilityBoundingSet": "",
        "PrivateDevices": "yes",
    }.items():
        assert lines(unit, name) == [value], name
    assert lines(unit, "MemoryMax")
    assert lines(unit, "User") not in ([], ["root"])


@each_service
def test_units_read_secrets_from_files_and_name_none(unit: Path) -> None:
    assert [line.partition(":")[0] for line in lines(unit, "LoadCredential")] == ["motcua_database_url", "motcua_keys"]
    assert "MOTCUA_SECRETS_DIR=%d" in lines(unit, "Environment")
    assert "postgresql://" not in unit.read_text(encoding="utf-8")


def test_a_process_has_time_to_drain_and_to_end_its_requests() -> None:
    unit = FOLDER / "motcua@.service"
    (drain,) = (line for line in lines(unit, "Environment") if line.startswith("MOTCUA_DRAIN_SECONDS="))
    assert int(lines(unit, "TimeoutStopSec")[0]) >= int(drain.partition("=")[2]) + 15


@pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.name)
def test_each_timer_starts_a_service_and_the_page_says_how_to_enable_it(timer: Path) -> None:
    assert timer.with_suffix(".service") in SERVICES
    assert lines(timer, "OnCalendar")
    assert lines(timer, "WantedBy") == ["timers.target"]
    enabled = [line for line in OPERATIONS.read_text(encoding="utf-8").splitlines() if "enable --now" in line]
    assert any(timer.name in line.split() for line in enabled)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze; the other tests read the units")
    units = []
    for unit in (*SERVICES, *TIMERS, FOLDER / "motcua.target"):
        # A template needs an instance, and programs that exist here.
        copy = tmp_path / unit.name.replace("@.", "@8001.")
        text = unit.read_text(encoding="utf-8").replace("/opt/motcua/bin/motcua", "/bin/true")
        for name in ("backup", "seals", "verify"):
            text = text.replace(f"/usr/local/lib/motcua/motcua-{name}", "/bin/true")
        copy.write_text(text.replace("/usr/bin/curl", "/bin/true"), encoding="utf-8")
        units.append(str(copy))
    checked = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
