"""Import of tables: CSV and XLSX by a mapping, with each fault at its own cell."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.registers import (
    HEADERS,
    TableImporter,
    csv_bytes,
    in_tcvn3,
    in_vni,
    in_windows_1258,
    moment,
    row,
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
