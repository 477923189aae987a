"""Import of what old registers have: damaged letters, loose dates, doubled keys, gaps, and lives after the end."""

import json
from datetime import time, timedelta, timezone
from pathlib import Path

import pytest

from app.loading.cells.dates import DateForms
from app.loading.imports.sources import Options
from tests.support.command_results import Run
from tests.support.importer import AGENCY, FINISH, RETURN, Importer, Line, event, line

CODE = f"{AGENCY}-210816-0001"
LOCAL = Options(DateForms(timezone(timedelta(hours=7))))


@pytest.fixture
def importer(seeded_url: str, tmp_path: Path) -> Importer:
    return Importer(seeded_url, tmp_path)


def named(name: str) -> Line:
    return line(CODE, applicant={"name": name})


@pytest.mark.parametrize(
    "name",
    [
        "NguyÔn ThÞ Hoa", "TRÇN V¨n Minh", "Hoµng V¨n Bïi",
        "Nguyeãn Thò Hoa", "PHAN ÑAËNG VAÊN", "Buøi Quoác AÙi",
        "Nguy?n Th\ufffd Hoa", "Nguy?n Th? Hoa",
        "Nguyễn Thị Hoa".encode().decode("cp1258", "replace"), "Nguyá»\x85n Thá»‹ Hoa",
    ],
)  # fmt: skip
def test_a_damaged_name_is_never_loaded(importer: Importer, name: str) -> None:
    assert importer.load(named(name)).rejected == 1
    (rejected,) = importer.rejected
    assert rejected["errors"][0]["pointer"] == "/applicant/name"
    assert rejected["errors"][0]["code"].startswith("letters_")
    assert rejected["reason_vi"]


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Hoa",
        "Hoà Khuê Oánh",
        "H'Ñô Niê",
        "Y Bhơm Niê Kđăm",
        "Müller",
        "Trần Đình Ðức",
        "Bùi Quốc Ái",
        "Thuý",
    ],
)
def test_an_unusual_name_in_unicode_is_loaded_as_it_is(importer: Importer, name: str) -> None:
    assert importer.load(named(name)).loaded == 1
    assert importer.dossier(CODE)["applicant"]["name"] == name


@pytest.mark.parametrize(("letters", "name"), [("tcvn3", "NguyÔn ThÞ Hoa"), ("vni", "Nguyeãn Thò Hoa")])
def test_a_name_in_letters_of_an_old_font_is_converted_if_asked(importer: Importer, letters: str, name: str) -> None:
    assert importer.load(named(name), options=Options(encoding=letters)).loaded == 1
    assert importer.dossier(CODE)["applicant"]["name"] == "Nguyễn Thị Hoa"


@pytest.mark.parametrize("pair", [b'"external":[],', b'"procedure":"1.004837",', b'"events":[],'])
def test_a_line_with_a_key_twice_is_refused_as_by_the_interface(importer: Importer, pair: bytes) -> None:
    doubled = b"{" + pair + pair + json.dumps({"code": CODE}).encode()[1:]
    assert importer.load(doubled).rejected == 1
    assert importer.rejected[0]["code"] == "duplicate_key"
    assert importer.rejected[0]["pointer"] == "/" + pair.split(b'"')[1].decode()


def test_a_key_twice_within_an_event_is_refused(importer: Importer) -> None:
    text = json.dumps(line(CODE)).replace('"officer": ', '"officer": "A", "officer": ').encode()
    assert importer.load(text).rejected == 1
    assert importer.rejected[0]["code"] == "duplicate_key"


@pytest.mark.parametrize(
    ("field", "value"), [("procedure", "2.00072"), ("receiving_unit", "Trà My"), ("responsible_unit", "99999")]
)
def test_a_pointer_leads_to_the_field_that_the_line_has(importer: Importer, field: str, value: str) -> None:
    importer.load(line(CODE, **{field: value}))
    assert importer.rejected[0]["pointer"] == f"/{field}"


@pytest.mark.parametrize(
    ("written", "instant", "assumed"),
    [
        ("2021-08-16 08:30:07+00:00", "2021-08-16T15:30:07+07:00", False),
        ("2021/08/16 00:00:00+00", "2021-08-16T08:00:00+07:00", True),
        ("2021-08-16", "2021-08-16T08:00:00+07:00", True),
        ("16/08/2021", "2021-08-16T08:00:00+07:00", True),
        ("ngày 16 tháng 8 năm 2021", "2021-08-16T08:00:00+07:00", True),
        ("16/08/2021 08:30", "2021-08-16T08:30:00+07:00", False),
        ("16-8-2021 2:30 CH", "2021-08-16T14:30:00+07:00", False),
        ("08h30 16/08/2021", "2021-08-16T08:30:00+07:00", False),
        ("16.08.2021 14:30:05", "2021-08-16T14:30:05+07:00", False),
        (44424, "2021-08-16T08:00:00+07:00", True),
        ("44424.5", "2021-08-16T12:00:00+07:00", False),
    ],
)
def test_a_date_is_read_as_registers_write_it(importer: Importer, written: object, instant: str, assumed: bool) -> None:
    summary = importer.load(line(CODE, events=[{"action": "receive", "at": written}]), options=LOCAL)
    assert summary.loaded == 1, importer.rejected
    dossier = importer.dossier(CODE)
    assert dossier["received_at"] == instant
    assert ("hour_assumed" in dossier["flags"]) is assumed
    assert dict(summary.flags) == ({"hour_assumed": 1} if assumed else {})


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("16/08/21", "year_short"), ("08/16/2021", "month_first"), ("31/02/2021", "no_such_day"),
        ("16/08/2021 25:00", "no_such_hour"), ("#N/A", "cell_of_excel"), ("########", "cell_of_excel"),
        ("chưa có", "date_unclear"), (300_000, "date_unclear"), ("2021", "date_unclear"),
        ("16/08/2921", "date_unclear"),
    ],
)  # fmt: skip
def test_an_odd_date_is_refused_with_what_would_be_right(importer: Importer, written: object, code: str) -> None:
    importer.load(line(CODE, events=[{"action": "receive", "at": written}]), options=LOCAL)
    (rejected,) = importer.rejected
    assert rejected["errors"][0]["code"] == code
    assert rejected["errors"][0]["pointer"] == "/events/0/at"
    assert rejected["reason_vi"].endswith(".")


def test_a_time_without_an_offset_names_the_option(importer: Importer) -> None:
    importer.load(line(CODE, events=[{"action": "receive", "at": "16/08/2021 08:30"}]))
    assert "--time-zone +07:00" in importer.rejected[0]["reason"]


def test_dates_alone_of_one_day_stay_in_order(importer: Importer) -> None:
    days = [event("take", "2021-08-16T14:30"), {"action": "finish", "at": "16/08/2021", "outcome": "granted"}]
    assert importer.load(line(CODE, *days)).loaded == 1
    assert importer.dossier(CODE)["finished_at"] == "2021-08-16T14:30:00+07:00"


def test_the_hour_of_dates_alone_can_be_given(importer: Importer) -> None:
    forms = DateForms(hour=time(13, 30))
    importer.load(line(CODE, events=[{"action": "receive", "at": "16/08/2021"}]), options=Options(forms))
    assert importer.dossier(CODE)["received_at"] == "2021-08-16T13:30:00+07:00"


def test_a_return_without_a_receiver_is_loaded_with_a_flag(importer: Importer) -> None:
    given = event("return", "2021-08-20T15:00")
    assert importer.load(line(CODE, FINISH, given)).loaded == 1
    assert "old_register" in importer.dossier(CODE)["flags"]
    assert importer.load(line(CODE, FINISH, given)).unchanged == 1
    assert importer.differences() == []


@pytest.mark.parametrize(
    "gap",
    [
        event("suspend", "2021-08-17T08:00"), event("request-supplement", "2021-08-17T08:00"),
        event("withdraw", "2021-08-17T08:00"), event("transfer", "2021-08-17T08:00", to_unit="20900"),
    ],
    ids=lambda gap: gap["action"],
)  # fmt: skip
def test_other_gaps_of_old_registers_are_loaded_with_a_flag(importer: Importer, gap: Line) -> None:
    assert importer.load(line(CODE, gap)).loaded == 1, importer.rejected
    assert "old_register" in importer.dossier(CODE)["flags"]


@pytest.mark.parametrize(
    "later",
    [
        event("finish", "2021-09-20T10:00", outcome="refused", reason="Khiếu nại lần hai"),
        event("note", "2021-09-20T10:00", note="Khiếu nại lần hai"),
        event("suspend", "2021-09-20T10:00", reason="Khiếu nại lần hai"),
    ],
    ids=lambda later: later["action"],
)
def test_a_life_after_the_end_is_kept_as_a_note(importer: Importer, later: Line) -> None:
    assert importer.load(line(CODE, FINISH, later, RETURN)).loaded == 1, importer.rejected
    dossier = importer.dossier(CODE)
    assert (dossier["status"], dossier["finished_at"]) == ("returned", "2021-08-20T10:00:00+07:00")
    assert "old_register" in dossier["flags"]
    notes = " ".join(str(entry) for entry in importer.journal(CODE))
    assert "20/09/2021" in notes
    assert "Khiếu nại lần hai" in notes
    assert importer.load(line(CODE, FINISH, later, RETURN)).unchanged == 1
    assert importer.differences() == []


def test_the_command_takes_the_options_of_dates_and_letters(importer: Importer, motcua: Run, tmp_path: Path) -> None:
    file = tmp_path / "old.ndjson"
    text = named("NguyÔn ThÞ Hoa") | {"events": [{"action": "receive", "at": "16/08/2021 08:30"}]}
    file.write_text(json.dumps(text), encoding="utf-8")
    options = ["--time-zone", "+07:00", "--encoding", "tcvn3"]
    end = motcua("import", str(file), *options, database_url=importer.url)
    assert "1 loaded" in end.stdout, end
    assert importer.dossier(CODE)["applicant"]["name"] == "Nguyễn Thị Hoa"


@pytest.mark.parametrize(
    "people",
    [
        {"applicant": {"name": "Hoa", "identity_kind": "citizen", "identity_number": "49185001234"}},
        {
            "handed_in_by": {"name": "Nam", "authority": "Giấy", "identity_kind": "old", "identity_number": "1"},
            "further_applicants": [{"name": "Rum", "identity_kind": "tax_code", "identity_number": "0100047517"}],
        },
    ],
)
def test_a_number_that_is_not_of_its_kind_is_kept_with_a_flag(importer: Importer, people: Line) -> None:
    assert importer.load(line(CODE, **people)).loaded == 1
    dossier = importer.dossier(CODE)
    assert "old_register" in dossier["flags"]
    assert {warning["code"] for warning in dossier["warnings"]} >= {"identity_unusual"}
    assert importer.load(line(CODE, **people)).unchanged == 1
    assert importer.differences() == []


def test_people_beside_the_applicant_and_kinds_of_papers_are_imported(importer: Importer) -> None:
    agent = {"name": "Nam", "authority": "Giấy ủy quyền", "authority_kind": "written", "phone": "0905 654 321"}
    others = [{"name": "Rum", "identity_kind": "citizen", "identity_number": "049079001111", "relation": "bên nam"}]
    applicant = {"name": "Hoa", "identity_kind": "old", "identity_number": "205 123 456", "phone": "905123456"}
    given = line(CODE, applicant=applicant, handed_in_by=agent, further_applicants=others)
    assert importer.load(given).loaded == 1
    dossier = importer.dossier(CODE)
    assert (dossier["applicant"]["identity_kind"], dossier["applicant"]["phone_e164"]) == ("old", "+84905123456")
    assert dossier["handed_in_by"]["authority_kind"] == "written"
    assert [person["identity_number"] for person in dossier["further_applicants"]] == ["049079001111"]
    assert "old_register" not in dossier["flags"]
    assert importer.differences() == []


def test_an_unknown_kind_of_paper_is_refused_at_its_field(importer: Importer) -> None:
    importer.load(line(CODE, applicant={"name": "Hoa", "identity_kind": "driver", "identity_number": "1"}))
    assert "/applicant/identity_kind" in str(importer.rejected)
