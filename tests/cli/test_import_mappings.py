"""Mappings of tables: what they can say, and mistakes in them and in whole files."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.loading.imports.sources import Options, source_of
from app.loading.tables.mapping import read_mapping
from tests.support.command_results import Run, refused
from tests.support.importer import AGENCY
from tests.support.registers import HEADERS, MAPPING, TableImporter, csv_bytes, in_vni, moment, row, save_xlsx


@pytest.fixture
def importer(seeded_url: str, tmp_path: Path) -> TableImporter:
    return TableImporter(seeded_url, tmp_path)


def replaced(old: str, new: str) -> str:
    assert old in MAPPING
    return MAPPING.replace(old, new)


MISTAKES: Mapping[str, tuple[str, str]] = {
    "no toml": ("[fields", "end of document"),
    "no fields": ("[[events]]\naction = 'receive'\nat = 'a'", "at fields"),
    "an unknown part": (MAPPING + "\n[colours]\na = 1", "at colours"),
    "an unknown field": (replaced("applicant.phone", "applicant.fone"), "applicant.phone"),
    "an unknown action": (replaced('"finish"', '"finsih"'), "did you mean 'finish'"),
    "a field that the action lacks": (replaced("received_by", "outcome"), "events.2.outcome"),
    "an action twice": (replaced('"finish"', '"finish"\naction_column = "Lý do"'), "either action or"),
    "a number for a column": (replaced('fee = "Lệ phí"', "fee = 12"), "fields.fee: write a column"),
    "no procedure": (replaced('procedure = "Mã TTHC"', ""), "fields.procedure"),
    "no code": (replaced('[[external]]\nsystem = "so-2021"\ncode = "Số hồ sơ"', ""), "a dossier needs a code"),
    "a wrong choice": (replaced("[[external]]", 'channel = { value = "fax" }\n[[external]]'), "counter, online"),
    "no event": (MAPPING.split("[[events]]")[0], "at events"),
    "a wrong zone": ('[dates]\ntime_zone = "VN"\n' + MAPPING, "'VN' is no offset"),
    "a wrong hour": ('[dates]\nhour = "8 giờ"\n' + MAPPING, "is no hour"),
    "an unknown encoding": ('[file]\nencoding = "latin1"\n' + MAPPING, "file.encoding"),
}  # fmt: skip


@pytest.mark.parametrize(("mapping", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_mapping_is_refused_at_its_place(tmp_path: Path, mapping: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _opened(tmp_path, mapping, csv_bytes([HEADERS, row()]))
    assert refusal.value.code == "mapping_invalid"
    assert words in refusal.value.detail


def _opened(folder: Path, mapping: str, content: bytes, name: str = "register.csv", encoding: str | None = None) -> Any:
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    (folder / name).write_bytes(content)
    return source_of(folder / name, Options(encoding=encoding, mapping=read_mapping(folder / "mapping.toml")))


FILES: Mapping[str, tuple[bytes, str | None, str, str]] = {
    "a header with a slip": (
        csv_bytes([[header.replace("Ngày nhận", "Ngày nhân hs") for header in HEADERS], row()]),
        None, "mapping_invalid", "there is 'Ngày nhân hs'",
    ),
    "the same header twice": (csv_bytes([[*HEADERS, "Họ và tên"], row()]), None, "mapping_invalid", "[C], [M]"),
    "an empty file": (b"", None, "mapping_invalid", "has no column"),
    "no text at all": (bytes(range(128, 256)) * 50, None, "encoding_unknown", "--encoding"),
    "another encoding than stated": (
        in_vni(csv_bytes([HEADERS, row()]).decode()).encode("cp1252"), "tcvn3", "encoding_unknown", "looks like vni",
    ),
    "utf-8 stated as windows": (csv_bytes([HEADERS, row()]), "windows-1258", "encoding_unknown", "The file is utf-8"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, None, "file_unreadable", ".xlsx"),
    "a broken workbook": (b"PK\x03\x04" + b"\0" * 100, None, "file_unreadable", ".xlsx"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "stated", "code", "words"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused(
    tmp_path: Path, content: bytes, stated: str | None, code: str, words: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        _opened(tmp_path, MAPPING, content, encoding=stated)
    assert refusal.value.code == code
    assert words in refusal.value.detail


def test_an_open_quote_is_named(importer: TableImporter) -> None:
    long = csv_bytes([HEADERS, row()]) + b'21/0002,"Nguy' + b"a,b\n" * 100_000
    with pytest.raises(Invalid, match='dấu " mở mà không đóng'):
        importer.load_bytes(long)


def test_a_workbook_is_read_under_each_name(importer: TableImporter, tmp_path: Path) -> None:
    path = save_xlsx(tmp_path / "register.xlsx", [HEADERS, row()]).rename(tmp_path / "register.csv")
    assert importer.load_file(path).loaded == 1, importer.rejected


def test_the_command_refuses_a_table_without_a_mapping(importer: TableImporter, motcua: Run, tmp_path: Path) -> None:
    path = save_xlsx(tmp_path / "register.xlsx", [HEADERS, row()])
    refused(motcua("import", str(path), database_url=importer.url), 1, "--propose register.xlsx")


def test_columns_can_be_named_by_letter_and_the_sheet_can_be_a_part_of_the_code(importer: TableImporter) -> None:
    mapping = replaced('code = "Số hồ sơ"', 'code = ["[sheet]", "[A]"]').replace('"Họ và tên"', '"[C]"')
    assert importer.load_xlsx(row(A=7), mapping=mapping).loaded == 1, importer.rejected
    assert importer.loaded()["external"][0]["code"] == "Sổ 20217"


def test_a_day_and_an_hour_in_two_columns_are_one_time(importer: TableImporter) -> None:
    mapping = replaced('at = "Ngày nhận"', 'at = ["Ngày nhận", "Lệ phí"]').replace('fee = "Lệ phí"\n', "")
    cells = [row(F="16/08/2021", L="9h15"), row(A="21/0002", F="16/08/2021", L="")]
    assert importer.load_rows(*cells, mapping=mapping).loaded == 2, importer.rejected
    assert importer.loaded()["received_at"] == "2021-08-16T09:15:00+07:00"
    assert "hour_assumed" in importer.loaded(2)["flags"]
    third = row(A="21/0003", F=moment("2021-08-16T00:00"), L=time(10, 45))
    assert importer.load_xlsx(third, mapping=mapping).loaded == 1, importer.rejected
    assert importer.loaded(3)["received_at"] == "2021-08-16T10:45:00+07:00"


def test_an_event_counts_only_with_the_texts_that_the_mapping_names(importer: TableImporter) -> None:
    mapping = replaced('received_by = "Người nhận"', 'received_by = "Người nhận"\nwhen = { "Lý do" = ["Đã trả"] }')
    mapping = mapping.replace('reason = "Lý do"\n', "")
    cells = [row(I="ĐÃ TRẢ"), row(A="21/0002", I="Chưa")]
    assert importer.load_rows(*cells, mapping=mapping).loaded == 2, importer.rejected
    assert [importer.loaded(number)["status"] for number in (1, 2)] == ["returned", "finished"]


def test_a_step_without_a_date_becomes_a_note_if_the_mapping_says_so(importer: TableImporter) -> None:
    mapping = replaced('received_by = "Người nhận"', 'received_by = "Người nhận"\nwithout_date = "note"')
    assert importer.load_rows(row(J=""), mapping=mapping).loaded == 1, importer.rejected
    dossier = importer.loaded()
    assert dossier["status"] == "finished"
    assert "old_register" in dossier["flags"]
    assert "return; Nguyễn Thị Hoa" in str(importer.journal(dossier["code"]))


def test_a_column_can_name_the_action(importer: TableImporter) -> None:
    mapping = replaced('action = "finish"', 'action_column = "Kết quả"').replace('outcome = "Kết quả"\n', "")
    mapping = mapping.replace('"granted"', '"withdraw"').replace('"refused"', '"discontinue"')
    mapping = mapping.replace('reason = "Lý do"', 'request = "Lý do"')
    cells = row(H="Đồng ý", I="Xin rút", J="", K="")
    assert importer.load_rows(cells, mapping=mapping).loaded == 1, importer.rejected
    assert importer.loaded()["status"] == "withdrawn"
    importer.load_rows(row(A="21/0002", H="Đồng bóng", J="", K=""), mapping=mapping)
    assert importer.rejected[0]["errors"][0]["cell"] == "H2"


def test_blank_cells_of_a_filled_column_have_the_value_above_and_words_can_mean_nothing(
    importer: TableImporter,
) -> None:
    mapping = '[file]\nfill_down = ["Ngày nhận"]\nblank = ["-", "không"]\n' + MAPPING
    assert importer.load_rows(row(), row(A="21/0002", F="", E="không"), mapping=mapping).loaded == 2, importer.rejected
    second = importer.loaded(2)
    assert (second["received_at"], second["applicant"]["phone"]) == ("2021-08-16T08:30:00+07:00", None)


def test_rows_with_own_codes_come_first_and_a_repeated_import_loads_nothing(importer: TableImporter) -> None:
    mapping = replaced('procedure = "Mã TTHC"', 'procedure = "Mã TTHC"\ncode = "Lý do"').replace(
        'reason = "Lý do"\n', ""
    )
    cells = [row(), row(A="21/0002", I=f"{AGENCY}-210816-0001")]
    assert importer.load_rows(*cells, mapping=mapping).loaded == 2, importer.rejected
    assert importer.loaded(1)["external"][0]["code"] == "21/0002"
    assert importer.loaded(2)["external"][0]["code"] == "21/0001"
    again = importer.load_rows(*cells, mapping=mapping)
    assert (again.loaded, again.unchanged) == (0, 2)
    assert importer.differences() == []


def test_a_number_used_for_two_dossiers_is_refused(importer: TableImporter) -> None:
    summary = importer.load_rows(row(), row(C="Trần Văn Nam"))
    assert (summary.loaded, summary.rejected) == (1, 1)
    (rejected,) = importer.rejected
    assert (rejected["line"], rejected["code"]) == (3, "history_differs")
    assert "số bị trùng" in rejected["reason_vi"]
    assert "Nguyễn" not in rejected["reason"] + rejected["reason_vi"]
