"""Import of tables: CSV and XLSX by a mapping, with each fault at its own cell."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from app.domain.errors import Invalid
from tests.support.registers import (
    HEADERS,
    MAPPING,
    TableImporter,
    csv_bytes,
    in_tcvn3,
    in_vni,
    in_windows_1258,
    moment,
    row,
    save_xlsx,
)


@pytest.fixture
def importer(seeded_url: str, tmp_path: Path) -> TableImporter:
    return TableImporter(seeded_url, tmp_path)


def assert_loaded(importer: TableImporter) -> dict[str, Any]:
    dossier = importer.loaded()
    assert dossier["external"] == [{"system": "so-2021", "code": "21/0001"}]
    assert dossier["applicant"]["name"] == "Nguyễn Thị Hoa"
    assert dossier["applicant"]["identity_number"] == "049185001234"
    assert dossier["applicant"]["phone"] == "0905123456"
    assert (dossier["received_at"], dossier["status"]) == ("2021-08-16T08:30:00+07:00", "returned")
    assert (dossier["verdict"], dossier["fee"]) == ("early", 50_000)
    return dossier


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_is_read_with_each_usual_separator(importer: TableImporter, separator: str) -> None:
    assert importer.load_rows(row(), separator=separator).loaded == 1, importer.rejected
    assert_loaded(importer)
    assert importer.differences() == []


TEXT = csv_bytes([HEADERS, row(), row(A="21/0002", C="Đinh Thị Ánh")]).decode()


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.encode("utf-16-be"),
        in_windows_1258(TEXT), in_tcvn3(TEXT).encode("cp1252"), in_vni(TEXT).encode("cp1252"),
    ],
    ids=["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "windows-1258", "tcvn3", "vni"],
)  # fmt: skip
def test_each_encoding_of_a_whole_file_is_found(importer: TableImporter, content: bytes) -> None:
    assert importer.load_bytes(content).loaded == 2, importer.rejected
    assert_loaded(importer)
    assert importer.loaded(2)["applicant"]["name"] == "Đinh Thị Ánh"


def test_an_xlsx_has_dates_and_numbers_of_excel(importer: TableImporter) -> None:
    dates = {"F": moment("2021-08-16T08:30"), "G": moment("2021-08-18T10:00"), "J": moment("2021-08-19T09:00")}
    assert importer.load_xlsx(row(D=49185001234, E=905123456, L=50000.0, **dates)).loaded == 1, importer.rejected
    dossier = assert_loaded(importer)
    assert "zeros_restored" in dossier["flags"]
    assert importer.differences() == []


# A fault, the cell that it is reported at, and its code.
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no receipt": ({"F": ""}, "F", "date_missing"),
    "a word for a date": ({"F": "chưa rõ"}, "F", "date_unclear"),
    "a year alone": ({"F": "2021"}, "F", "date_unclear"),
    "two digits of the year": ({"F": "16/08/21"}, "F", "year_short"),
    "the month first": ({"F": "08/16/2021"}, "F", "month_first"),
    "no such day": ({"G": "31/02/2021"}, "G", "no_such_day"),
    "no such hour": ({"G": "18/08/2021 24:30"}, "G", "no_such_hour"),
    "an error of Excel for a date": ({"G": "#VALUE!"}, "G", "cell_of_excel"),
    "a column too narrow": ({"F": "########"}, "F", "cell_of_excel"),
    "a result without a date": ({"G": ""}, "G", "date_missing"),
    "a collection without a date": ({"J": ""}, "J", "date_missing"),
    "finished before it was received": ({"G": "15/08/2021 10:00"}, "G", "before_last_event"),
    "a day to come": ({"J": "19/08/2027"}, "J", "in_the_future"),
    "an unknown procedure": ({"B": "1.04837"}, "B", "unknown_procedure"),
    "the name of a procedure": ({"B": "Đăng ký giám hộ"}, "B", "unknown_procedure"),
    "no procedure": ({"B": ""}, "B", "required"),
    "an error for a code": ({"B": "#N/A"}, "B", "cell_of_excel"),
    "no name": ({"C": ""}, "C", "required"),
    "a name with lost letters": ({"C": "Nguy?n Th? Hoa"}, "C", "letters_lost"),
    "a name in TCVN3": ({"C": "NguyÔn ThÞ Hoa"}, "C", "letters_old"),
    "a name in UTF-8 read as Windows": ({"C": "Nguyá»…n Thá»‹ Hoa"}, "C", "letters_twice"),
    "a name of 600 letters": ({"C": "Hoa " * 150}, "C", "too_long"),
    "a number in powers of ten": ({"D": "4.92E+10"}, "D", "digits_lost"),
    "an unknown result": ({"H": "Đồng lý"}, "H", "value_unmapped"),
    "no result": ({"H": ""}, "H", "required"),
    "a refusal without its reason": ({"H": "Từ chối"}, "I", "refusal_reason_missing"),
    "a fee in words": ({"L": "năm mươi nghìn"}, "L", "number_unclear"),
    "a part of a đồng": ({"L": "50,5"}, "L", "number_unclear"),
    "no number of the register": ({"A": ""}, "", "code_needed"),
}  # fmt: skip


def test_each_odd_cell_is_reported_at_its_address_with_a_sentence_in_both_languages(importer: TableImporter) -> None:
    rows = [
        row(**{"A": f"21/{number:04d}", **changes}) for number, (changes, _cell, _code) in enumerate(FAULTS.values())
    ]
    summary = importer.load_rows(*rows, row(A="21/9999"))
    seen = {rejected["line"]: rejected for rejected in importer.rejected}
    for number, (name, (_changes, column, code)) in enumerate(FAULTS.items(), start=2):
        rejected = seen[number]
        first = rejected.get("errors", [rejected])[0]
        assert (first["code"], rejected.get("cell", "")) == (code, f"{column}{number}" if column else ""), name
        for sentence in (rejected["reason"], rejected["reason_vi"]):
            assert sentence.startswith(f"{column}{number} (" if column else f"row {number}"), name
            assert sentence.endswith((".", "?")), (name, sentence)
            assert "Field required" not in sentence, name
    assert (summary.loaded, summary.rejected) == (1, len(FAULTS))


def test_all_faults_of_a_row_are_reported_together(importer: TableImporter) -> None:
    importer.load_rows(row(F="chưa rõ", G="31/02/2021", H="Đồng lý", L="x"))
    (rejected,) = importer.rejected
    assert [error["cell"] for error in rejected["errors"]] == ["L2", "H2", "F2", "G2"]
    assert rejected["reason_vi"].count("2 (") == 4


@pytest.mark.parametrize(
    ("changes", "suggestion"),
    [
        ({"B": "1.04837"}, "1.004837"), ({"B": "Đăng ký giám hộ"}, "1.004837"), ({"H": "Đồng lý"}, "Đồng ý"),
    ],
)  # fmt: skip
def test_an_unknown_value_is_reported_with_the_nearest_one(
    importer: TableImporter, changes: dict[str, Any], suggestion: str
) -> None:
    importer.load_rows(row(**changes))
    assert suggestion in importer.rejected[0]["reason"]
    assert suggestion in importer.rejected[0]["reason_vi"]


# --- What spreadsheets do ---------------------------------------------------------------------------------------------


def formula(cell: str, text: str) -> Any:
    """A change of a workbook that writes a formula, which nothing has calculated."""

    def change(book: Workbook) -> None:
        book["Sổ 2021"][cell] = text

    return change


def test_a_formula_that_was_never_calculated_is_refused(importer: TableImporter) -> None:
    importer.load_xlsx(row(), change=formula("C2", '="Nguyễn"&" Thị Hoa"'))
    (rejected,) = importer.rejected
    assert (rejected["sheet"], rejected["cell"]) == ("Sổ 2021", "C2")
    assert rejected["errors"][0]["code"] == "formula_uncalculated"


def test_the_value_that_a_formula_had_is_read(importer: TableImporter, tmp_path: Path) -> None:
    path = tmp_path / "calculated.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Sổ 2021")
    sheet.write_row(0, 0, HEADERS)
    sheet.write_row(1, 0, row())
    sheet.write_formula("C2", '=PROPER("nguyễn thị hoa")', None, "Nguyễn Thị Hoa")
    sheet.write_formula("L2", "=1/0", None, "#DIV/0!")
    book.close()
    importer.load_file(path)
    (rejected,) = importer.rejected
    assert (rejected["cell"], rejected["errors"][0]["code"]) == ("L2", "cell_of_excel")


@pytest.mark.parametrize("epoch", [WINDOWS_EPOCH, MAC_EPOCH], ids=["1900", "1904"])
def test_dates_and_serial_numbers_follow_the_epoch_of_the_workbook(importer: TableImporter, epoch: datetime) -> None:
    number = (moment("2021-08-18T10:00") - epoch) / timedelta(days=1)

    def change(book: Workbook) -> None:
        book.epoch = epoch
        book["Sổ 2021"]["G2"] = number
        book["Sổ 2021"]["F2"] = moment("2021-08-16T08:30")

    assert importer.load_xlsx(row(J="", K=""), change=change).loaded == 1, importer.rejected
    dossier = importer.loaded()
    assert dossier["received_at"] == "2021-08-16T08:30:00+07:00"
    assert dossier["finished_at"] == "2021-08-18T10:00:00+07:00"


def test_merged_cells_count_for_each_of_their_rows(importer: TableImporter) -> None:
    def change(book: Workbook) -> None:
        book["Sổ 2021"].merge_cells("F2:F3")

    assert importer.load_xlsx(row(), row(A="21/0002"), change=change).loaded == 2, importer.rejected
    assert importer.loaded(2)["received_at"] == "2021-08-16T08:30:00+07:00"


def test_a_number_is_read_with_the_zeros_of_its_format(importer: TableImporter) -> None:
    def change(book: Workbook) -> None:
        book["Sổ 2021"]["A2"].number_format = "000000"

    assert importer.load_xlsx(row(A=42), change=change).loaded == 1
    assert importer.loaded()["external"][0]["code"] == "000042"


@pytest.mark.parametrize(
    ("changes", "cell", "code"),
    [
        ({"A": moment("2021-01-02T00:00")}, "A2", "date_in_code"),
        ({"A": 1234567890123456789}, "A2", "digits_lost"),
        ({"A": 21.5}, "A2", "digits_lost"),
        ({"F": 2021}, "F2", "date_unclear"),
        ({"F": True}, "F2", "date_unclear"),
        ({"F": 44424}, "", ""),
    ],
)
def test_a_cell_of_another_type_is_read_or_refused(
    importer: TableImporter, changes: dict[str, Any], cell: str, code: str
) -> None:
    summary = importer.load_xlsx(row(**changes))
    if not code:
        assert summary.loaded == 1
        return
    (rejected,) = importer.rejected
    assert (rejected["cell"], rejected["errors"][0]["code"]) == (cell, code)


@pytest.mark.parametrize(
    ("font", "name", "read"),
    [
        (".VnTime", "NguyÔn ThÞ Hoa", "Nguyễn Thị Hoa"), (".VnTimeH", "nguyÔn thÞ hoa", "NGUYỄN THỊ HOA"),
        ("VNI-Times", "Nguyeãn Thò Hoa", "Nguyễn Thị Hoa"), ("Times New Roman", "Hồ Văn Tó", "Hồ Văn Tó"),
    ],
)  # fmt: skip
def test_letters_of_old_fonts_are_read_by_the_font_of_their_cell(
    importer: TableImporter, font: str, name: str, read: str
) -> None:
    def change(book: Workbook) -> None:
        book["Sổ 2021"]["C2"].font = Font(name=font)
        book["Sổ 2021"]["C3"].font = Font(name=".VnTime")

    other = row(A="21/0002", C="TrÇn V¨n B×nh")
    assert importer.load_xlsx(row(C=name), other, change=change).loaded == 2, importer.rejected
    assert importer.loaded()["applicant"]["name"] == read
    assert importer.loaded(2)["applicant"]["name"] == "Trần Văn Bình"


def test_an_xlsx_in_an_old_font_is_read_if_its_letters_are_stated(importer: TableImporter, tmp_path: Path) -> None:
    cells = [[in_tcvn3(str(cell)) for cell in cells] for cells in (HEADERS, row(C="HUỲNH VĂN ĐỨC"))]
    path = save_xlsx(tmp_path / "tcvn3.xlsx", cells)
    assert importer.load_file(path, encoding="tcvn3").loaded == 1, importer.rejected
    assert importer.loaded()["applicant"]["name"] == "HUỲNH VĂN ĐỨC"


def test_rows_that_are_no_dossiers_are_skipped_and_counted(importer: TableImporter) -> None:
    title = ["SỔ THEO DÕI HỒ SƠ NĂM 2021"]
    numbers = [f"({number})" for number in range(1, len(HEADERS) + 1)]
    month = ["", "", "Tháng 8/2021"]
    total = ["", "", "Tổng cộng: 2 hồ sơ", "", "", "", "", "", "", "", "", 100000]
    signature = ["", "Người lập biểu", "", "", "", "", "", "Trưởng bộ phận"]
    second = row(A="21/0002")
    rows = [title, [], HEADERS, numbers, month, row(), [], HEADERS, second, total, signature]
    summary = importer.load_bytes(csv_bytes(rows))
    assert (summary.loaded, summary.rejected) == (2, 0), importer.rejected
    shown = str(summary)
    notes = ("column numbers, the first is row 4", "heading, the first is row 5", "header, the first is row 8")
    for note in (*notes, "total, the first is row 10"):
        assert note in shown, shown


def test_a_header_of_two_levels_is_named_by_both(importer: TableImporter) -> None:
    upper = ["Số hồ sơ", "Mã TTHC", "Người nộp", "", "", "Tiếp nhận", "Giải quyết", "", "", "Trả", "", "Lệ phí"]
    lower = ["", "", "Họ và tên", "Số CCCD", "Điện thoại", "Ngày", "Ngày", "Kết quả", "Lý do", "Ngày", "Người nhận", ""]
    names = {
        "Họ và tên": "Người nộp / Họ và tên", "Số CCCD": "Người nộp / Số CCCD", "Điện thoại": "Người nộp / Điện thoại",
        "Ngày nhận": "Tiếp nhận / Ngày", "Ngày có kết quả": "Giải quyết / Ngày", "Kết quả": "Giải quyết / Kết quả",
        "Lý do": "Giải quyết / Lý do", "Ngày trả": "Trả / Ngày", "Người nhận": "Trả / Người nhận",
    }  # fmt: skip
    mapping = "[file]\nheader_rows = [2, 3]\n" + MAPPING
    for name, joined in names.items():
        mapping = mapping.replace(f'"{name}"', f'"{joined}"')
    assert importer.load_bytes(csv_bytes([["Sổ"], upper, lower, row()]), mapping=mapping).loaded == 1, importer.rejected
    assert_loaded(importer)


def test_sheets_are_read_as_the_mapping_names_them(importer: TableImporter) -> None:
    def change(book: Workbook) -> None:
        second, hidden = book.create_sheet("Sổ 2022"), book.create_sheet("Nháp")
        for sheet in (second, hidden):
            sheet.append(HEADERS)
            sheet.append(row(A=f"22/{sheet.title}"))
        hidden.sheet_state = "hidden"

    with pytest.raises(Invalid, match="several sheets: Sổ 2021, Sổ 2022"):
        importer.load_xlsx(row(), change=change)
    with pytest.raises(Invalid, match="no sheet 'Nháp'"):
        importer.load_xlsx(row(), change=change, mapping='[file]\nsheets = ["Nháp"]\n' + MAPPING)
    summary = importer.load_xlsx(row(), change=change, mapping='[file]\nsheets = ["Sổ 2022"]\n' + MAPPING)
    assert summary.loaded == 1
    assert importer.loaded()["external"][0]["code"] == "22/Sổ 2022"
    assert "sheets not in the mapping: Sổ 2021" in str(summary)
    assert "hidden sheets, not read: Nháp" in str(summary)


def test_kinds_of_papers_and_people_beside_the_applicant_come_from_columns(importer: TableImporter) -> None:
    added = """
applicant.identity_kind = { value = "citizen" }
handed_in_by.name = "Người nhận"
handed_in_by.authority = { value = "Giấy ủy quyền" }
handed_in_by.authority_kind = { value = "written" }
further_applicants = "Lý do"
"""
    mapping = MAPPING.replace('reason = "Lý do"\n', "").replace('fee = "Lệ phí"\n', f'fee = "Lệ phí"{added}')
    given = row(I="Đinh Văn Rum; Hồ Thị Sen", K="Hồ Văn Sáu")
    assert importer.load_rows(given, mapping=mapping).loaded == 1, importer.rejected
    dossier = importer.loaded()
    assert dossier["applicant"]["identity_kind"] == "citizen"
    assert (dossier["handed_in_by"]["name"], dossier["handed_in_by"]["authority_kind"]) == ("Hồ Văn Sáu", "written")
    assert [person["name"] for person in dossier["further_applicants"]] == ["Đinh Văn Rum", "Hồ Thị Sen"]
    assert importer.differences() == []
