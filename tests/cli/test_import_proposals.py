"""Drafts of mappings: headers in their usual spellings, guesses by content, and what a person has to check."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.loading.proposals.service import propose
from app.loading.proposals.spellings import SPELLINGS, meanings
from app.loading.tables.mapping import TO_FILL, TableMapping, read_mapping
from tests.support.command_results import Run, refused
from tests.support.database_access import in_database
from tests.support.registers import HEADERS, TableImporter, csv_bytes, in_tcvn3, row, save_xlsx


@pytest.fixture
def importer(seeded_url: str, tmp_path: Path) -> TableImporter:
    return TableImporter(seeded_url, tmp_path)


def proposed(importer: TableImporter, path: Path, **filled: str) -> TableMapping:
    """The draft as a mapping, after a person has filled it in."""
    importer.mapping = in_database(importer.url, lambda database: propose(database, path, None))
    for name, value in filled.items():
        importer.mapping = importer.mapping.replace(f'{name} = {{ value = "?" }}', f'{name} = {{ value = "{value}" }}')
    file = importer.folder / "draft.toml"
    file.write_text(importer.mapping, encoding="utf-8")
    return read_mapping(file)


def columns_of(mapping: TableMapping) -> Mapping[str, Sequence[str]]:
    fields = {filling.field.name: filling.columns for filling in mapping.fillings if filling.columns}
    for event in mapping.events:
        fields |= {f"{event.action}.{filling.field.name}": filling.columns for filling in event.fillings}
        fields[f"{event.action}.at"] = event.at
    return fields


@pytest.mark.parametrize("target", SPELLINGS)
def test_each_usual_spelling_of_a_header_is_known(target: str) -> None:
    for spelling in SPELLINGS[target]:
        for written in (spelling, spelling.upper(), f"{spelling.capitalize()} (*)", f" {spelling} :"):
            assert meanings(written)[0][1] == target, written


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("Ngày tiếp nhận HS", "receive.at"), ("Tiếp nhận / Ngày", "receive.at"),
        ("Trả kết quả / Người nhận", "return.received_by"), ("Ngày trả KQ cho công dân", "return.at"),
        ("SĐT", "applicant.phone"), ("Họ tên người nộp HS", "applicant.name"),
        ("Tên TTHC", "procedure"), ("CMTND", "applicant.identity_number"), ("Dia chi", "applicant.address"),
        ("Ngày hẹn trả KQ", "stated_due_date"), ("Lí do từ chối", "finish.reason"), ("Họ va tên", "applicant.name"),
    ],
)  # fmt: skip
def test_other_spellings_of_a_header_are_understood(header: str, target: str) -> None:
    assert meanings(header)[0][1] == target


def test_a_drafted_mapping_imports_its_file(importer: TableImporter, tmp_path: Path) -> None:
    path = save_xlsx(tmp_path / "register.xlsx", [["SỔ THEO DÕI"], [], HEADERS, row()])
    proposed(importer, path, receiving_unit="20899")
    assert importer.load_file(path).loaded == 1, importer.rejected
    dossier = importer.loaded()
    assert (dossier["applicant"]["name"], dossier["status"]) == ("Nguyễn Thị Hoa", "returned")
    assert (dossier["external"][0]["system"], dossier["fee"]) == ("register", 50_000)


def test_a_draft_with_open_questions_is_refused(importer: TableImporter, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(csv_bytes([HEADERS, row()]))
    with pytest.raises(Invalid, match=r"fields\.receiving_unit\.value: '\?' is still to be filled in"):
        proposed(importer, path)
    assert TO_FILL in importer.mapping


def test_columns_without_a_header_are_guessed_by_their_cells(importer: TableImporter, tmp_path: Path) -> None:
    headers = ["STT", "Thủ tục", "", "Cột x", "Ngày nhận", "Cột y"]
    rows = [
        [number, "1.004837", "Nguyễn Thị Hoa", "049185001234", "16/08/2021", "0905123456"] for number in range(1, 9)
    ]
    path = tmp_path / "register.csv"
    path.write_bytes(csv_bytes([headers, *rows]))
    fields = columns_of(proposed(importer, path, receiving_unit="20899"))
    assert fields["applicant.name"] == ("[C]",)
    assert fields["applicant.identity_number"] == ("Cột x",)
    assert fields["applicant.phone"] == ("Cột y",)
    assert "đoán theo nội dung" in importer.mapping
    assert 'code = "STT"' in importer.mapping


def test_values_get_codes_by_the_names_of_the_catalogue_and_usual_words(
    importer: TableImporter, tmp_path: Path
) -> None:
    rows = [row(B="Đăng ký giám hộ", H="Đã giải quyết"), row(B="Cấp giấy phép bay", H="Đang xử lý")]
    path = tmp_path / "register.csv"
    path.write_bytes(csv_bytes([HEADERS, *rows]))
    mapping = proposed(importer, path, receiving_unit="20899")
    assert mapping.values["Mã TTHC"] == {"Đăng ký giám hộ": "1.004837"}
    assert '# "Cấp giấy phép bay" = "?"' in importer.mapping
    assert mapping.values["Kết quả"] == {"Đã giải quyết": "granted", "Đang xử lý": ""}


def test_a_draft_has_no_personal_data(importer: TableImporter, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(csv_bytes([HEADERS, row()]))
    proposed(importer, path, receiving_unit="20899")
    for cell in ("Nguyễn", "049185001234", "0905123456"):
        assert cell not in importer.mapping


def test_the_forms_of_dates_are_drafted(importer: TableImporter, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(csv_bytes([HEADERS, row(F="08/16/21", G="08/18/21", J="08/19/21")]))
    mapping = proposed(importer, path, receiving_unit="20899")
    assert (mapping.dates.first, mapping.dates.two_digits_from) == ("month", 1970)
    assert importer.load_file(path).loaded == 1, importer.rejected
    assert importer.loaded()["received_at"].startswith("2021-08-16")


def test_days_and_months_that_a_program_has_exchanged_are_named_and_put_back(
    importer: TableImporter, tmp_path: Path
) -> None:
    def written(day: datetime) -> Any:
        return day.replace(month=day.day, day=day.month) if day.day <= 12 else f"{day:%d/%m/%Y}"

    days = [datetime(2021, 3, 1) + timedelta(days=number) for number in range(30)]  # noqa: DTZ001
    rows = [row(A=f"21/{day:%d}", F=written(day), G="", H="", J="", K="") for day in days]
    path = save_xlsx(tmp_path / "register.xlsx", [HEADERS, *rows])
    mapping = proposed(importer, path, receiving_unit="20899")
    assert mapping.dates.swapped == ["Ngày nhận"]
    assert importer.load_file(path).loaded == len(days), importer.rejected
    assert importer.dossier("000.31.15.H47-210305-0001")["received_at"] == "2021-03-05T08:00:00+07:00"


def test_the_encoding_and_the_sheets_are_drafted(importer: TableImporter, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(in_tcvn3(csv_bytes([HEADERS, row(), row()]).decode()).encode("cp1252"))
    assert proposed(importer, path, receiving_unit="20899").file.encoding == "tcvn3"

    def change(book: Any) -> None:
        book.create_sheet("Tháng 2").append(list(HEADERS))
        book.create_sheet("Ghi chú").append(["Không phải sổ"])

    workbook = save_xlsx(tmp_path / "register.xlsx", [HEADERS, row()], change)
    assert proposed(importer, workbook, receiving_unit="20899").file.sheets == ["Sổ 2021", "Tháng 2"]


def test_the_command_prints_the_draft_and_refuses_what_is_no_register(
    importer: TableImporter, motcua: Run, tmp_path: Path
) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(csv_bytes([HEADERS, row()]))
    end = motcua("import", "--propose", str(path), database_url=importer.url)
    assert "[[events]]" in end.stdout, end
    refused(motcua("import", str(path), database_url=importer.url), 1, "--propose register.csv")
    path.write_bytes(b"a,b\n1,2\n")
    refused(motcua("import", "--propose", str(path), database_url=importer.url), 1, "looks like a header")
