"""Fixture that runs commands in the process of the tests."""

import pytest

from app.cli import main
from tests.support.command_results import End, Run


@pytest.fixture
def motcua(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; `settings` are environment variables without their `MOTCUA_`."""

    def run(*arguments: str, **settings: str) -> End:
        with monkeypatch.context() as patch:
            patch.setattr("sys.argv", ["motcua", *arguments])
            patch.setenv("COLUMNS", "200")
            # The log of this process belongs to pytest.
            patch.setattr("app.cli.dictConfig", lambda _config: None)
            for name, value in settings.items():
                patch.setenv(f"MOTCUA_{name.upper()}", value)
            try:
                main()
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
        return End(status, *capsys.readouterr())

    return run
