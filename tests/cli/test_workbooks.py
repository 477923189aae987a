"""The workbook of reference data by the command line: the way out and in again, changes, and refusals by cell."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from tests.support.command_results import Run, refused

Edit = Callable[[Any], None]


@pytest.fixture
def exported(motcua: Run, seeded_url: str, tmp_path: Path) -> Path:
    file = tmp_path / "first.xlsx"
    end = motcua("reference", "export", str(file), database_url=seeded_url)
    assert end.returncode == 0, end.stderr
    return file


def imported(motcua: Run, path: Path, url: str, *options: str) -> str:
    end = motcua("reference", "import", str(path), *options, database_url=url)
    assert end.returncode == 0, end.stderr
    return end.stdout


def edited(file: Path, *edits: Edit) -> Path:
    book = load_workbook(file)
    for edit in edits:
        edit(book)
    book.save(file)
    return file


def row_of(sheet: Any, **cells: Any) -> int:
    """The first row with these values, by headings."""
    headings = {cell.value: cell.column for cell in sheet[1]}
    wanted = {headings[heading.replace("_", " ")]: value for heading, value in cells.items()}
    return next(
        row
        for row in range(2, sheet.max_row + 1)
        if all(str(sheet.cell(row, column).value) == str(value) for column, value in wanted.items())
    )


def problems(motcua: Run, path: Path, url: str) -> list[str]:
    end = motcua("reference", "import", str(path), database_url=url)
    assert end.returncode == 1, end.stdout
    return end.stderr.splitlines()[:-1]


# --- The way out and in again ----------------------------------------------------------------------------------------


def test_an_export_that_is_imported_gives_the_same_bytes(
    motcua: Run, exported: Path, seeded_url: str, database_url: str, tmp_path: Path
) -> None:
    person = edited(exported, _add_person)
    imported(motcua, person, seeded_url)
    first, second = tmp_path / "a", tmp_path / "b"
    for name, url in (("a", seeded_url), ("b", database_url)):
        if name == "b":
            imported(motcua, tmp_path / "a.xlsx", url)
        motcua("reference", "export", str(tmp_path / f"{name}.xlsx"), database_url=url)
        motcua("reference", "export", str(tmp_path / name), database_url=url)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    files = sorted(file.name for file in first.iterdir())
    assert files == sorted(file.name for file in second.iterdir())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in files)
    assert "0 new, 0 changed" in imported(motcua, first, database_url)


def _add_person(book: Any) -> None:
    book["Người dùng"].append(["nguyen.van.a", "Nguyễn Văn A", "a@example.vn", None, None, "có"])
    book["Vai trò"].append(["Nguyen.Van.A", "tiếp nhận", "20900", date(2026, 1, 1), None])


def test_a_dry_run_lists_each_change_and_makes_none(motcua: Run, exported: Path, seeded_url: str) -> None:
    def change(book: Any) -> None:
        units, procedures = book["Đơn vị"], book["Thủ tục"]
        units.cell(row_of(units, Mã_đơn_vị="20900", Tên="Trà My"), 10).value = "Thôn 1"
        procedures.cell(row_of(procedures, Mã_thủ_tục="1.004837"), 2).value = "Đăng ký giám hộ"

    edited(exported, change)
    shown = imported(motcua, exported, seeded_url, "--dry-run")
    assert "Địa chỉ:" in shown
    assert "→ Thôn 1" in shown
    assert "→ Đăng ký giám hộ" in shown
    assert "0 new, 2 changed" in shown
    assert "0 new, 2 changed" in imported(motcua, exported, seeded_url)
    assert "0 new, 0 changed" in imported(motcua, exported, seeded_url)


def test_another_version_ends_the_one_before(motcua: Run, exported: Path, seeded_url: str, tmp_path: Path) -> None:
    edited(exported, lambda book: book["Phiên bản"].append(["1.004837", "2027-01-01", None, "2 ngày làm việc"]))
    assert "1 new, 0 changed" in imported(motcua, exported, seeded_url)
    motcua("reference", "export", str(tmp_path / "out"), database_url=seeded_url)
    lines = (tmp_path / "out" / "phien-ban.csv").read_text(encoding="utf-8").splitlines()
    former, later = (line for line in lines if line.startswith("1.004837"))
    assert "2026-12-31" in former
    assert later.startswith("1.004837,2027-01-01,,2 ngày làm việc,")


def test_papers_change_in_place_and_limits_do_not(motcua: Run, exported: Path, seeded_url: str) -> None:
    def paper(book: Any) -> None:
        sheet = book["Thành phần hồ sơ"]
        row = row_of(sheet, Mã_thủ_tục=sheet.cell(2, 1).value)
        sheet.cell(row, 3).value = "Tờ khai theo mẫu"

    edited(exported, paper)
    assert "0 new, 1 changed" in imported(motcua, exported, seeded_url)

    def limit(book: Any) -> None:
        sheet = book["Phiên bản"]
        sheet.cell(row_of(sheet, Mã_thủ_tục="1.004837"), 4).value = "9 ngày làm việc"

    (line,) = problems(motcua, edited(exported, limit), seeded_url)
    assert line.startswith("Phiên bản!D")
    assert "is law" in line


def test_procedures_are_chosen_from_the_national_list(motcua: Run, seeded_url: str, tmp_path: Path) -> None:
    file = tmp_path / "draft.xlsx"
    options = ("--field", "hải quan", "--from", "2027-01-01")
    assert motcua("reference", "draft", str(file), *options).stdout.startswith("124 procedures")
    # Nothing is taken by default, so the limits without a unit refuse nothing but their own cells.
    book = load_workbook(file)
    sheet = book["Thủ tục"]
    sheet.cell(2, 7).value = "x"
    book.save(file)
    (line,) = [text for text in problems(motcua, file, seeded_url) if text.startswith("Phiên bản!")]
    assert line.startswith("Phiên bản!E2: “120 (chưa rõ đơn vị)”")
    book["Phiên bản"].cell(2, 5).value = "120 ngày"
    book.save(file)
    assert "thủ tục" not in imported(motcua, file, seeded_url)
    refused(motcua("reference", "draft", str(file), "--field", "không có"), 1, "unknown_field")


# --- Refusals ---------------------------------------------------------------------------------------------------------

# The sheet, the heading of the cell, what is written there, and a part of the message.
CELLS = [
    ("Đơn vị", "Hiệu lực đến", "31/02/2026", "no day"),
    ("Đơn vị", "Hiệu lực đến", datetime(2026, 1, 1, 8, 30), "has a time"),  # noqa: DTZ001
    ("Đơn vị", "Hiệu lực đến", "hôm nay", "no date"),
    ("Đơn vị", "Cấp", "phường", "none of the choices"),
    ("Đơn vị", "Tên", None, "missing: Tên"),
    ("Đơn vị", "Loại", None, "missing: Loại"),
    ("Đơn vị", "Mã định danh", "không có", "agency identifier"),
    ("Đơn vị", "Đơn vị cấp trên", "99999", "no unit 99999"),
    ("Đơn vị", "Đơn vị kế tục", "20908", "its own operation"),
    ("Đơn vị", "Giờ làm việc", "cả ngày", "opening hours"),
    ("Đơn vị", "Giờ làm việc", "T2–T6 11:00–07:00", "before it ends"),
    ("Đơn vị", "Giờ làm việc", "T2–CN 07:00–11:00", "reception_only"),
    ("Đơn vị", "Địa chỉ", "x" * 501, "too long"),
    ("Đơn vị", "Tên", "Trà\u202e My", "not allowed"),
    ("Đơn vị", "Tên", "#REF!", "Excel"),
    ("Danh mục", "Ít nhất (ngày)", "hai", "whole number"),
    ("Danh mục", "Ít nhất (ngày)", 3, "cannot change"),
    ("Thủ tục", "Mã thủ tục", 1.00119, "digits"),
    ("Thủ tục", "Tên thủ tục", None, "missing: Tên thủ tục"),
    ("Thủ tục", "Lĩnh vực", None, "missing: Lĩnh vực"),
    ("Thủ tục", "Cấp giải quyết", "phường", "none of the choices"),
    ("Thủ tục", "Cấp giải quyết", "tỉnh", "cannot change"),
    ("Thủ tục", "Danh mục", "Danh mục khác", "cannot change"),
    ("Phiên bản", "Trực tiếp", "120", "no unit"),
    ("Phiên bản", "Trực tiếp", "120 (chưa rõ đơn vị)", "no unit"),
    ("Phiên bản", "Trực tiếp", "vài ngày", "no limit"),
    ("Phiên bản", "Trực tiếp", "9 tháng", "is law"),
    ("Phiên bản", "Lệ phí (đồng)", "miễn phí", "whole number"),
    ("Phiên bản", "Lệ phí (đồng)", 1234567, "is law"),
    ("Phiên bản", "Khi tạm dừng", "dừng", "none of the choices"),
    ("Phiên bản", "Gia hạn tối đa (ngày)", 99, "is law"),
    ("Phiên bản", "Hiệu lực từ", None, "missing: Hiệu lực từ"),
    ("Thành phần hồ sơ", "Giấy tờ", None, "missing: Giấy tờ"),
    ("Thành phần hồ sơ", "Số bản", "một", "whole number"),
    ("Thành phần hồ sơ", "Số bản", 5000, "1000"),
    ("Kết quả", "Tên kết quả", None, "missing: Tên kết quả"),
    ("Kết quả", "Mã kết quả", "KQ 1", "match"),
    ("Các bước", "Tên bước", "Bước khác", "is law"),
    ("Lịch", "Tình trạng", "nháp", "none of the choices"),
    ("Ngày nghỉ, làm bù", "Loại", "lễ", "none of the choices"),
    ("Ngày nghỉ, làm bù", "Ngày", "2035-01-01", "none of the choices"),
]


def test_forty_errors_give_forty_messages_and_change_nothing(motcua: Run, exported: Path, seeded_url: str) -> None:
    before = exported.read_bytes()
    places = []

    def spoil(book: Any) -> None:
        # Far from rows of the same procedures, whose own errors would hide these.
        rows = {"Phiên bản": 50, "Thành phần hồ sơ": 20, "Kết quả": 30}
        for sheet_name, heading, value, _words in CELLS:
            sheet = book[sheet_name]
            row = rows[sheet_name] = rows.get(sheet_name, 1) + 1
            column = next(cell.column for cell in sheet[1] if cell.value == heading)
            sheet.cell(row, column).value = value
            places.append(f"{sheet_name}!{sheet.cell(row, column).coordinate}")

    lines = problems(motcua, edited(exported, spoil), seeded_url)
    missing = [
        (place, words)
        for place, (*_cell, words) in zip(places, CELLS, strict=True)
        if not any(line.startswith(f"{place}: ") and words in line for line in lines)
    ]
    assert len(CELLS) >= 40
    assert not missing, "\n".join(lines)
    motcua("reference", "export", str(exported), database_url=seeded_url)
    assert exported.read_bytes() == before


def test_a_cell_of_a_csv_file_is_named_by_row_and_column(motcua: Run, seeded_url: str, tmp_path: Path) -> None:
    text = "Tên tài khoản,Họ và tên\nlan,\n"
    (tmp_path / "nguoi-dung.csv").write_text(text, encoding="utf-8")
    (line,) = problems(motcua, tmp_path, seeded_url)
    assert line.startswith("nguoi-dung.csv, dòng 2, cột “Họ và tên”: Thiếu Họ và tên. / ")


def _hostile(file: Path, kind: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Đơn vị" if kind != "names" else "Bảng 1"
    sheet.append(["Mã đơn vị", "Mã đơn vị", "Màu"] if kind == "columns" else ["Mã đơn vị"])
    book.save(file)
    if kind == "bomb":
        with ZipFile(file, "a", ZIP_DEFLATED) as archive:
            for number in range(21):
                archive.writestr(f"xl/{number}.bin", b"\0" * 10 * 1024 * 1024)
    if kind == "encrypted":
        file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)
    if kind == "text":
        file.write_bytes(b"no workbook")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("bomb", "too large"),
        ("encrypted", "password"),
        ("names", "no such sheet"),
        ("columns", "no column 'Màu'"),
        ("columns", "twice"),
        ("text", "motcua:"),
    ],
)
def test_a_hostile_file_is_refused(motcua: Run, seeded_url: str, tmp_path: Path, kind: str, words: str) -> None:
    file = tmp_path / "hostile.xlsx"
    _hostile(file, kind)
    refused(motcua("reference", "import", str(file), database_url=seeded_url), 1, words)


def test_texts_that_look_like_formulas_stay_texts(motcua: Run, exported: Path, seeded_url: str, tmp_path: Path) -> None:
    def formula(book: Any) -> None:
        cell = book["Thủ tục"].cell(2, 6)
        cell.value, cell.data_type = "=1+1", "s"

    imported(motcua, edited(exported, formula), seeded_url)
    motcua("reference", "export", str(exported), database_url=seeded_url)
    motcua("reference", "export", str(tmp_path / "out"), database_url=seeded_url)
    cell = load_workbook(exported)["Thủ tục"].cell(2, 6)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert ",'=1+1" in (tmp_path / "out" / "thu-tuc.csv").read_text(encoding="utf-8")
    assert "0 new, 0 changed" in imported(motcua, tmp_path / "out", seeded_url)
