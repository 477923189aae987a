"""Secret settings come from files, and variables of the environment come before them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings

KEYS = "file:dGVzdHMgb25seSwgbm8gc2VjcmV0IG9mIGFueWJvZHk="


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with secrets, as a container or a service manager mounts it."""
    (tmp_path / "motcua_database_url").write_text("sqlite:///of-a-file.db\n", encoding="utf-8")
    (tmp_path / "motcua_keys").write_text(f"{KEYS}\n", encoding="utf-8")
    monkeypatch.setenv("MOTCUA_SECRETS_DIR", str(tmp_path))
    for name in ("MOTCUA_DATABASE_URL", "MOTCUA_KEYS"):
        monkeypatch.delenv(name)
    return tmp_path


def test_secrets_are_read_from_their_files(folder: Path) -> None:
    settings = Settings()
    assert settings.database_url == "sqlite:///of-a-file.db"
    assert settings.keys.get_secret_value() == KEYS
    assert settings.secrets_dir == str(folder)


def test_a_variable_comes_before_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_DATABASE_URL", "sqlite:///of-a-variable.db")
    assert Settings().database_url == "sqlite:///of-a-variable.db"
    assert Settings().keys.get_secret_value() == KEYS


def test_a_missing_folder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTCUA_SECRETS_DIR", str(tmp_path / "missing"))
    with pytest.warns(UserWarning, match="does not exist"), pytest.raises(ValidationError, match="there is no folder"):
        Settings()


def test_replicas_of_sqlite_are_refused_with_a_sentence() -> None:
    replica = "postgresql://motcua@10.0.0.2/motcua"
    assert Settings(database_url="postgresql://motcua@10.0.0.1/motcua", read_database_url=replica).read_database_url
    for url, read_url in (("sqlite:///motcua.db", replica), ("postgresql://motcua@10.0.0.1/motcua", "sqlite:///x.db")):
        with pytest.raises(ValidationError, match="SQLite is one file without replicas"):
            Settings(database_url=url, read_database_url=read_url)
