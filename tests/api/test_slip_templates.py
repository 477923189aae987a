"""Templates of an office: their order, their rights, and faulty ones."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.slips.forms import TEMPLATES
from app.slips.template_check import samples_of
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, new_procedure, received
from tests.support.client import Client
from tests.support.pdf import text

OWN = '#import "/base.typ": *\n#show: paper\nMẫu của {}: #slip.code'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "templates"
    made.mkdir()
    return made


@pytest.fixture
def client(seeded_url: str, folder: Path) -> Iterator[Client]:
    """The application with an empty folder of templates."""
    with Client(seeded_url, NOW, slips_dir=str(folder)) as started:
        yield started


@pytest.fixture
def code(client: Client) -> str:
    dossier: str = received(client, client.token("clerk", "20899"))["code"]
    return dossier


def slip(client: Client, code: str, kind: str = "receipt") -> httpx.Response:
    return client.get(f"{DOSSIERS}/{code}/slips/{kind}", token=client.token("clerk", "20899"))


def put(folder: Path, name: str, source: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(source, encoding="utf-8")


def problem(answer: httpx.Response) -> Any:
    assert answer.status_code == 503, answer.content[:200]
    assert answer.json()["code"] == "slip_template"
    return answer.json()["detail"]


def test_the_order_of_templates_is_unit_code_agency_identifier_all(client: Client, folder: Path, code: str) -> None:
    assert "GIẤY TIẾP NHẬN" in text(slip(client, code).content)
    for name, owner in (("", "tất cả"), ("000.31.15.H47/", "cơ quan"), ("20899/", "xã")):
        put(folder, f"{name}receipt.typ", OWN.format(owner))
        assert f"Mẫu của {owner}: {code}" in text(slip(client, code).content)
    # The template of another unit and kind is not used.
    put(folder, "20902/control.typ", OWN.format("xã khác"))
    assert "PHIẾU KIỂM SOÁT" in text(slip(client, code, "control").content)


def test_a_template_reads_files_beside_it(client: Client, folder: Path, code: str) -> None:
    put(folder, "20899/receipt.typ", '#import "own.typ": sign\n#sign #read("office.txt")')
    put(folder, "20899/own.typ", "#let sign = [Con dấu]")
    put(folder, "20899/office.txt", "thị trấn")
    assert text(slip(client, code).content) == "Con dấu thị trấn"


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("#let x = (", "20899/receipt.typ, line 1"),
        ("#panic(1)", "panicked"),
        ("#slip.nothing", "20899/receipt.typ, line 1"),
        ("#while true {}", "true"),
        ("#let f(x) = f(x)\n#f(1)", "depth"),
        ('#read("/etc/passwd")', "not found"),
        ('#read("../../../../etc/passwd")', "escape"),
        ('#image("/../secret.svg")', "escape"),
        ('#import "@preview/cetz:0.3.0": canvas', "line 1: import and include take a file's name"),
        ('#import "\\u{40}preview/cetz:0.3.0": canvas', "line 1"),
        ('\n#let p = "@preview/cetz:0.3.0"\n#import p: canvas', "line 3"),
        ('#eval("1")', "line 1"),
        ("#let e = eval", "line 1"),
    ],
)
def test_a_faulty_template_is_named_and_affects_nothing_else(
    client: Client, folder: Path, code: str, source: str, detail: str
) -> None:
    put(folder, "20899/receipt.typ", source)
    (folder.parent / "secret.svg").write_text("<svg/>")
    message = problem(slip(client, code))
    assert detail in message
    assert str(folder) not in message
    assert "app/slips" not in message
    (folder / "20899" / "receipt.typ").unlink()
    assert "GIẤY TIẾP NHẬN" in text(slip(client, code).content)


def test_a_faulty_template_does_not_affect_other_kinds(client: Client, folder: Path, code: str) -> None:
    put(folder, "receipt.typ", "#panic(1)")
    problem(slip(client, code))
    assert slip(client, code, "control").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_links_out_of_the_folder_are_refused(client: Client, folder: Path, code: str) -> None:
    secret = folder.parent / "secret.txt"
    secret.write_text("bí mật")
    (folder / "inside.txt").symlink_to(secret)
    put(folder, "receipt.typ", '#read("/inside.txt")')
    assert problem(slip(client, code)) == "inside.txt leads out of the folder of templates."


def test_a_missing_folder_is_reported(seeded_url: str, tmp_path: Path) -> None:
    with Client(seeded_url, NOW, slips_dir=str(tmp_path / "nowhere")) as client:
        code = received(client, client.token("clerk", "20899"))["code"]
        assert "No such file" in problem(slip(client, code))


def test_a_template_that_is_not_text_or_too_large_is_reported(client: Client, folder: Path, code: str) -> None:
    (folder / "receipt.typ").write_bytes(b"\xff")
    assert problem(slip(client, code)) == "receipt.typ is not UTF-8."
    (folder / "receipt.typ").unlink()
    (folder / "big.png").write_bytes(bytes(8_000_001))
    assert "8,000,000 bytes" in problem(slip(client, code))


# Prints the path of each value that a template gets.
PATHS = """
#set page(width: auto)
#let slip = json(bytes(sys.inputs.slip))
#let paths(value, at) = if type(value) == dictionary {
  value.pairs().map(((key, item)) => paths(item, at + "/" + key)).flatten()
} else if type(value) == array and value.len() > 0 { paths(value.first(), at + "/0") } else { (at,) }
#paths(slip, "").join(" ")
"""


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The paths of the values in a sample."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, f"{at}/{key}")
    elif isinstance(value, list) and value:
        yield from paths(value[0], f"{at}/0")
    else:
        yield at


# The acts before a slip; other slips are of a dossier that waited, was promised and refused.
ASKED: list[tuple[str, Mapping[str, Any]]] = [
    ("request-supplement", {"reason": "lý do", "documents": [{"name": "Tờ khai"}]}),
    ("supplement", {}),
    ("reschedule", {"reason": "lý do", "promised_date": "2021-08-24"}),
]
LAW = {"reason": "lý do", "legal_basis": "căn cứ"}
STEPS: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]] = {
    "receipt": ASKED,
    "discontinuation": [("discontinue", LAW)],
    "stop": [("withdraw", {"request": "đơn xin rút"})],
    "submission": [],
    "payment": [("request-payment", {"amount": 8000})],
    "redate": [("extend", {"days": 1, **LAW})],
    "transfer": [("transfer", {"to_unit": "515.03", **LAW})],
}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_samples_have_the_fields_of_real_slips(client: Client, folder: Path, kind: str) -> None:
    put(folder, f"{kind}.typ", PATHS)
    supervisor, procedure = client.token("supervisor"), new_procedure(client, max_extension=1)
    code = received(client, supervisor, procedure=procedure, submit=kind == "submission")["code"]
    refused = [*ASKED, ("finish", {"outcome": "refused", "reason": "lý do"})]
    for action, body in STEPS.get(kind, refused):
        act(client, supervisor, code, action, **body)
    path = f"{DOSSIERS}/{code}/slips/{kind}"
    if kind == "register":
        path = "/api/v1/slips/register?unit=20899&from=2021-08-16&to=2021-08-16"
    answer = client.get(path, token=supervisor)
    assert answer.status_code == 200, answer.text
    assert sorted(text(answer.content).split()) == sorted(paths(samples_of(kind)[0]))
