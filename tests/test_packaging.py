"""Installation: the wheel with its migrations, the locks, and the script that installs them."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import NamedTuple
from unittest.mock import Mock

import pytest
import yaml

import bootstrap

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NAME = re.compile(r"^[A-Za-z0-9._-]+", re.MULTILINE)


class Version(NamedTuple):
    """Replaces `sys.version_info`."""

    major: int
    minor: int


def names(requirements: list[str]) -> set[str]:
    matches = {NAME.match(requirement) for requirement in requirements}
    return {match[0].lower() for match in matches if match}


def pins(lock: str) -> set[str]:
    """All `name==version` lines of a lock."""
    return set(re.findall(r"^[a-z0-9._-]+==[^\s;\\]+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("motcua-*.whl")
    return built


def test_the_wheel_contains_only_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"app", f"motcua-{PROJECT['version']}.dist-info"}


def test_the_wheel_contains_templates_and_static_files(wheel: Path) -> None:
    contents = set(zipfile.ZipFile(wheel).namelist())
    files = [path for name in ("templates", "static") for path in (ROOT / "app" / "web" / "public" / name).iterdir()]
    assert files
    assert {path.relative_to(ROOT).as_posix() for path in files} <= contents


def test_an_installed_wheel_migrates_a_database_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = (
        "from app.database import schema; print(schema.__file__); schema.upgrade('sqlite:///new.db');"
        "assert schema.current('sqlite:///new.db') == schema.head() is not None"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    for entry in re.split(r"\n(?=[a-z])", text)[1:]:
        assert "--hash=sha256:" in entry, entry


def test_the_locks_contain_every_dependency_and_agree() -> None:
    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runtime < development
    assert names(PROJECT["dependencies"]) | names(EXTRAS["build"]) <= {pin.split("==")[0] for pin in runtime}
    assert names(EXTRAS["dev"]) | names(EXTRAS["bench"]) <= {pin.split("==")[0] for pin in development}


def test_every_direct_dependency_has_a_reason() -> None:
    reasons = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8").lower()
    direct = names(PROJECT["dependencies"]).union(*(names(extra) for extra in EXTRAS.values()))
    assert not {name for name in direct if f"| `{name}` |" not in reasons}


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_an_unsupported_python_is_refused(
    version: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", Version(*version))
    assert bootstrap.main(["demo"]) == 2
    assert f"Python 3.11 to 3.13, this is {version[0]}.{version[1]}" in capsys.readouterr().err


def test_an_unknown_command_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["dmeo"]) == 2
    assert "bootstrap.py demo" in capsys.readouterr().err


def test_the_continuous_integration_runs_the_command_of_the_readme() -> None:
    command = "python3 bootstrap.py test"
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == command


def test_the_workflow_runs_the_suite_and_the_coverage() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    commands = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    assert {".ci/run", "python3 bootstrap.py coverage"} <= commands


def test_the_hooks_of_a_commit_use_the_environment_and_download_nothing() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    assert all(hook["language"] == "system" for hook in repository["hooks"])
    assert all(hook["entry"].startswith(".venv/bin/python -m ") for hook in repository["hooks"])


def test_the_coverage_command_measures_then_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Mock(return_value=0)
    monkeypatch.setattr(bootstrap, "install", Mock(return_value=0))
    monkeypatch.setattr("subprocess.call", call)
    assert bootstrap.main(["coverage", "tests/domain"]) == 0
    commands = [done.args[0] for done in call.call_args_list]
    assert [command[1:4] for command in commands] == [
        ["-m", "coverage", word] for word in ("erase", "run", "combine", "report")
    ]
    assert commands[1][4:] == ["-m", "pytest", "tests/domain"]
