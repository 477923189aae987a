"""`motcua slips check`: a check of templates before their use."""

from pathlib import Path

from app.slips.forms import TEMPLATES
from tests.support.command_results import Run, refused

GOOD = '#import "/base.typ": *\n#show: paper\n#applicant()'


def test_valid_templates_are_all_listed(motcua: Run, tmp_path: Path) -> None:
    (tmp_path / "20899").mkdir()
    (tmp_path / "20899" / "receipt.typ").write_text(GOOD, encoding="utf-8")
    end = motcua("slips", "check", str(tmp_path))
    assert (end.returncode, end.stderr) == (0, "")
    assert end.stdout.splitlines() == [f"{name}.typ: ok" for name in ("20899/receipt", *sorted(TEMPLATES))]


def test_a_template_that_fails_for_some_dossiers_is_reported(motcua: Run, tmp_path: Path) -> None:
    # Without names the slip has no applicant.
    (tmp_path / "refusal.typ").write_text('#import "/base.typ": *\n#slip.applicant.name', encoding="utf-8")
    end = motcua("slips", "check", str(tmp_path))
    assert end.returncode == 1
    assert end.stderr.startswith("refusal.typ: The template refusal.typ fails: ")
    assert "(refusal.typ, line 2)" in end.stderr
    assert "receipt.typ: ok" in end.stdout


def test_an_unusable_folder_is_refused(motcua: Run, tmp_path: Path) -> None:
    refused(motcua("slips", "check", str(tmp_path / "nowhere")), 2, "does not exist")
    (tmp_path / "receipt.typ").write_text('#import "@preview/cetz:0.3.0"', encoding="utf-8")
    refused(motcua("slips", "check", str(tmp_path)), 1, "receipt.typ, line 1", "slip_template")
