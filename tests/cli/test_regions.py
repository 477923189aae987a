"""`motcua regions` without regions, with one that does not answer, and with two that claim one province."""

from pathlib import Path

from tests.support.command_results import Run, refused
from tests.support.live import free_port, live_server


def test_commands_need_regions(motcua: Run, tmp_path: Path) -> None:
    refused(motcua("regions", "serve"), 2, "MOTCUA_REGIONS names no region")
    refused(motcua("regions", "maps", str(tmp_path)), 2, "MOTCUA_REGIONS names no region")


def test_a_wrong_list_names_the_variable(motcua: Run, tmp_path: Path) -> None:
    refused(motcua("regions", "maps", str(tmp_path), regions="da-nang"), 2, "MOTCUA_REGIONS", "da-nang=https://")


def test_no_map_is_written_if_a_region_does_not_answer(motcua: Run, tmp_path: Path) -> None:
    end = motcua("regions", "maps", str(tmp_path), regions=f"da-nang=http://127.0.0.1:{free_port()}")
    refused(end, 1, "The region da-nang did not list its units", "Nothing was written")
    assert list(tmp_path.iterdir()) == []


def test_two_regions_with_one_province_are_refused(motcua: Run, tmp_path: Path, seeded_url: str) -> None:
    with live_server(seeded_url) as address:
        end = motcua("regions", "maps", str(tmp_path), regions=f"da-nang={address},ha-noi={address}")
    refused(end, 1, "H17 are in da-nang and ha-noi", "province_of_two_regions")
    assert list(tmp_path.iterdir()) == []
