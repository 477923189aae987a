"""Export of all that is kept of one person: whole, recorded, the owner's file alone, and without other people."""

import io
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import clock
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, HOA, act, corrected, guardianship, receipt, received
from tests.support.client import Client
from tests.support.command_results import Run, refused

NUMBER = str(HOA["identity_number"])
OTHER = {"kind": "person", "name": "Hồ Văn Biên", "identity_number": "049085009999", "phone": "0905999999"}
AGENT = {
    "name": "Nguyễn Văn Nam",
    "identity_number": "049080005678",
    "phone": "0905 654 321",
    "address": "Thôn 5",
    "authority": "Giấy ủy quyền 05/8",
}
AS_EXPORTED = {**AGENT, "identity_kind": None, "authority_kind": None}


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs a day after the dossiers."""
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))


@pytest.fixture
def exported(motcua: Run, seeded_url: str, tmp_path: Path) -> Any:
    """Runs the command and returns its file."""

    def run(*arguments: str) -> dict[str, Any]:
        file = tmp_path / "person.json"
        end = motcua("person", "export", str(file), "--force", *arguments, database_url=seeded_url)
        assert end.returncode == 0, end.stderr
        return dict(json.loads(file.read_text(encoding="utf-8")))

    return run


def test_the_file_has_everything_of_the_applicant(exported: Any, seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        supervisor = client.token("supervisor", "20899")
        made = receipt(client, supervisor, note="gặp chị Hoa", handed_in_by=AGENT)
        code = made["code"]
        received(client, supervisor, applicant=OTHER)
        client.patch(f"{DOSSIERS}/{code}", {"applicant": {"phone": "0905000000"}}, token=supervisor)
        changes = {"officer": "Phạm Văn Tư", "note": "gặp chị Hoa ở quầy"}
        corrected(client, supervisor, code, sequence=1, changes=changes)
        act(client, supervisor, code, "finish", outcome="granted", officer="Trần Văn Minh")
        act(client, supervisor, code, "return", received_by="Nguyễn Thị Hoa", officer="Lê Thị Mai")
        rating = {"key": made["rating_key"], "score": 4, "comment": "Nhanh gọn"}
        assert client.post(f"/api/v1/lookup/{code}/rating", rating).status_code == 200
        client.get(f"{DOSSIERS}/{code}", token=client.token("clerk", "20899", client="Bà Mai ở quầy 1"))

    content = exported("--identity-number", "049 185 001 234")

    assert (content["format"], content["found_by"]) == ("motcua person export 1", "identity_number")
    (dossier,) = content["dossiers"]
    assert (dossier["code"], dossier["role"], dossier["status"]) == (code, "applicant", "returned")
    assert dossier["receiving_unit"] == "Thị trấn Trà My"
    assert [version["phone"] for version in dossier["particulars"]] == ["0905123456", "0905000000"]
    assert {version["identity_number"] for version in dossier["particulars"]} == {NUMBER}
    assert dossier["summary"] == "Đăng ký giám hộ"
    assert dossier["documents"] == [{"name": "Tờ khai", "form": "original", "copies": 1}]
    texts = {entry["type"]: entry["texts"] for entry in dossier["entries"]}
    assert texts["receive"]["note"] == "gặp chị Hoa"
    assert texts["correct"]["changes"] == {"note": "gặp chị Hoa ở quầy"}
    assert texts["return"] == {"received_by": "Nguyễn Thị Hoa"}
    assert (dossier["rating"]["score"], dossier["rating"]["comment"]) == (4, "Nhanh gọn")
    view = {"date": "2021-08-16", "office": "Thị trấn Trà My", "kind": "dossier", "times": 1}
    assert view in dossier["views"]
    assert {"receiveDossier", "changeParticulars", "returnDossier"} < {item["kind"] for item in dossier["views"]}
    # No officer, no clerk, nobody who handed in, and no other applicant.
    text = json.dumps(content, ensure_ascii=False)
    assert not [name for name in ("Minh", "Mai", "Nam", "Biên", "Tư", "quầy 1") if name in text]


def test_the_file_lists_the_notices_to_the_applicant(exported: Any, seeded_url: str) -> None:
    settings = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "motcua@example.vn", "outbox_worker": False}
    with Client(seeded_url, NOW, **settings) as client:
        applicant = {**HOA, "email": "hoa@example.vn"}
        received(client, client.token("clerk", "20899"), applicant=applicant)
        client.work_off()
    (dossier,) = exported("--identity-number", NUMBER)["dossiers"]
    (notice,) = dossier["notices"]
    assert (notice["kind"], notice["channel"], notice["state"]) == ("received", "email", "pending")


def test_the_export_is_a_view_and_the_file_is_its_owners_alone(
    motcua: Run, seeded_url: str, tmp_path: Path, exported: Any
) -> None:
    with Client(seeded_url, NOW) as client:
        code = received(client, client.token("clerk", "20899"))["code"]
    file = tmp_path / "hoa.json"
    end = motcua("person", "export", str(file), "--identity-number", NUMBER, database_url=seeded_url)
    assert end.stdout.startswith("1 dossier was written")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["hoa.json"]
    line = motcua("access-log", "--dossier", code, database_url=seeded_url).stdout.splitlines()
    assert line[0].split("\t")[1:5] == ["motcua person export", "–", code, "export"]
    assert [part.split("\t")[4] for part in line] == ["export", "receiveDossier"]
    # The next export shows the first one, which names no office.
    (dossier,) = exported("--identity-number", NUMBER)["dossiers"]
    assert dossier["views"] == [
        {"date": "2021-08-16", "office": "Thị trấn Trà My", "kind": "receiveDossier", "times": 1},
        {"date": "2021-08-17", "office": None, "kind": "export", "times": 1},
    ]
    before = file.read_bytes()
    again = motcua("person", "export", str(file), "--identity-number", NUMBER, database_url=seeded_url)
    refused(again, 1, "file_exists")
    assert file.read_bytes() == before


def test_a_former_applicant_sees_only_their_own_particulars(exported: Any, seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        code = received(client, clerk, note="nhầm người")["code"]
        change = client.patch(f"{DOSSIERS}/{code}", {"applicant": OTHER, "summary": "Việc của ông Biên"}, token=clerk)
        assert change.status_code == 200, change.text
    (mine,) = exported("--identity-number", NUMBER)["dossiers"]
    assert (mine["role"], [version["name"] for version in mine["particulars"]]) == ("named", ["Nguyễn Thị Hoa"])
    assert (mine["summary"], mine["documents"], mine["entries"], mine["notices"]) == (None, [], [], [])
    assert "Biên" not in json.dumps(mine, ensure_ascii=False)
    (theirs,) = exported("--identity-number", str(OTHER["identity_number"]))["dossiers"]
    assert (theirs["role"], [version["name"] for version in theirs["particulars"]]) == ("applicant", ["Hồ Văn Biên"])
    assert "Hoa" not in json.dumps(theirs, ensure_ascii=False)


class TestByDossier:
    def test_code_name_and_telephone_together_find_the_applicant(self, exported: Any, seeded_url: str) -> None:
        with Client(seeded_url, NOW) as client:
            clerk = client.token("clerk", "20899")
            first, _second = received(client, clerk), received(client, clerk)
        typed = ("--dossier", first["code"].lower(), "--name", "nguyen thi hoa", "--phone", "0905.123.456")
        content = exported(*typed)
        assert content["found_by"] == "dossier"
        # The other dossier of the same number is not shown: a name and a telephone do not prove the number.
        assert [dossier["code"] for dossier in content["dossiers"]] == [first["code"]]

    def test_the_person_who_handed_in_sees_nothing_of_the_applicant(self, exported: Any, seeded_url: str) -> None:
        with Client(seeded_url, NOW) as client:
            code = received(client, client.token("clerk", "20899"), handed_in_by=AGENT)["code"]
        (dossier,) = exported("--dossier", code, "--name", "Nguyễn Văn Nam", "--phone", "0905654321")["dossiers"]
        assert (dossier["role"], dossier["handed_in"]) == ("named", [AS_EXPORTED])
        assert (dossier["particulars"], dossier["summary"], dossier["entries"]) == ([], None, [])
        assert "Hoa" not in json.dumps(dossier, ensure_ascii=False)

    def test_who_applies_too_sees_the_common_request_and_nobody_else(self, exported: Any, seeded_url: str) -> None:
        groom = {"name": "Đinh Văn Rum", "identity_number": "049079001111", "phone": "0905 777 888"}
        with Client(seeded_url, NOW) as client:
            clerk = client.token("clerk", "20899")
            code = received(client, clerk, handed_in_by=AGENT, further_applicants=[groom], note="việc chung")["code"]
            second = received(client, clerk, further_applicants=[groom])["code"]
            patch = client.patch(f"{DOSSIERS}/{second}", {"further_applicants": []}, token=clerk)
            assert patch.status_code == 200, patch.text
        first, former = exported("--identity-number", "049 079 001 111")["dossiers"]
        assert (first["code"], first["role"], first["handed_in"]) == (code, "co_applicant", [])
        assert [person["phone"] for person in first["applied_together"]] == ["0905 777 888"]
        assert [entry["texts"].get("note") for entry in first["entries"]] == ["việc chung"]
        assert (first["particulars"], first["notices"]) == ([], [])
        assert (former["code"], former["role"], former["entries"]) == (second, "named", [])
        text = json.dumps([first, former], ensure_ascii=False)
        assert not [name for name in ("Hoa", AGENT["name"]) if name in text]
        typed = ("--dossier", code, "--name", "dinh van rum", "--phone", "+84905777888")
        assert [dossier["role"] for dossier in exported(*typed)["dossiers"]] == ["co_applicant"]

    def test_the_identity_number_finds_the_person_who_handed_in(self, exported: Any, seeded_url: str) -> None:
        with Client(seeded_url, NOW) as client:
            clerk = client.token("clerk", "20899")
            own = received(client, clerk, applicant={"name": "Nguyễn Văn Nam", "identity_number": "049080005678"})
            code = received(client, clerk, handed_in_by=AGENT)["code"]
        first, second = exported("--identity-number", "049 080 005 678")["dossiers"]
        assert (first["code"], first["role"], first["handed_in"]) == (own["code"], "applicant", [])
        assert (second["code"], second["role"], second["handed_in"]) == (code, "named", [AS_EXPORTED])
        assert "Hoa" not in json.dumps(second, ensure_ascii=False)

    @pytest.mark.parametrize("wrong", [{"name": "Nguyễn Thị Hà"}, {"phone": "0905123457"}, {"code": "H47.15.03-1"}])
    def test_one_wrong_part_finds_nobody_and_records_nothing(
        self, motcua: Run, seeded_url: str, tmp_path: Path, wrong: dict[str, str]
    ) -> None:
        with Client(seeded_url, NOW) as client:
            code = received(client, client.token("clerk", "20899"))["code"]
        given = {"code": code, "name": str(HOA["name"]), "phone": str(HOA["phone"])} | wrong
        options = ("--dossier", given["code"], "--name", given["name"], "--phone", given["phone"])
        end = motcua("person", "export", str(tmp_path / "x.json"), *options, database_url=seeded_url)
        refused(end, 1, "unknown_person")
        assert list(tmp_path.iterdir()) == []
        assert "export" not in motcua("access-log", database_url=seeded_url).stdout


def test_missing_data_are_asked_for_on_the_terminal(
    motcua: Run, seeded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client(seeded_url, NOW) as client:
        received(client, client.token("clerk", "20899"))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NUMBER}\n"))
    end = motcua("person", "export", str(tmp_path / "x.json"), database_url=seeded_url)
    assert end.returncode == 0, end.stderr
    assert "Identity number" in end.stdout + end.stderr


@pytest.mark.parametrize(
    "options", [("--identity-number", "1", "--dossier", "H47"), ("--name", "Hoa"), ("--phone", "0905123456")]
)
def test_options_that_do_not_go_together_are_a_wrong_call(
    motcua: Run, seeded_url: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    end = motcua("person", "export", str(tmp_path / "x.json"), *options, database_url=seeded_url)
    assert end.returncode == 2


def test_a_purged_dossier_names_nobody(motcua: Run, seeded_url: str, tmp_path: Path) -> None:
    with Client(seeded_url, NOW - timedelta(days=800)) as client:
        supervisor = client.token("supervisor", "20899")
        body = guardianship(at="2019-06-07T08:30:00+07:00")
        code = client.post(DOSSIERS, body, token=supervisor).json()["code"]
        act(client, supervisor, code, "withdraw", request="đổi ý")
    assert motcua("purge", "--older-than", "1", database_url=seeded_url).returncode == 0
    end = motcua("person", "export", str(tmp_path / "x.json"), "--identity-number", NUMBER, database_url=seeded_url)
    refused(end, 1, "unknown_person")
