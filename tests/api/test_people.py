"""People of a dossier: papers with a kind, telephones in any spelling, people beside the applicant, warnings."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.database import Connection as Database
from app.database.tables import applicants, participants
from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Client
from tests.support.pdf import text as text_of
from tests.support.verification import verified

HOA = {"kind": "person", "name": "Nguyễn Thị Hoa", "address": "Thôn 2"}
SON = {
    "name": "Hồ Văn Sáu",
    "identity_number": "049080005678",
    "phone": "0905 654 321",
    "authority": "Giấy ủy quyền số 12",
    "authority_kind": "certified",
}
GROOM = {"name": "Đinh Văn Rum", "identity_number": "049079001111", "phone": "0905777888", "relation": "bên nam"}
BRIDE = {"name": "Hồ Thị Sen", "relation": "bên nữ"}


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


def applied(client: Client, clerk: str, applicant: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    return dict(received(client, clerk, applicant={**HOA, **(applicant or {})}, **others))


def matches(client: Client, clerk: str, **filters: str) -> list[str]:
    answer = client.post(f"{DOSSIERS}/search", filters, token=clerk)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


def shown(client: Client, clerk: str, code: str) -> dict[str, Any]:
    return dict(client.get(f"{DOSSIERS}/{code}", token=clerk).json())


def changed(client: Client, clerk: str, code: str, **patch: Any) -> dict[str, Any]:
    answer = client.patch(f"{DOSSIERS}/{code}", patch, token=clerk)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


# --- Telephones and addresses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["0905 123 456", "+84 (0)905 123 456", "905123456", "0905123456 (con trai)"])
def test_a_telephone_is_found_by_each_spelling_and_by_its_last_digits(
    app_client: Client, clerk: str, written: str
) -> None:
    dossier = applied(app_client, clerk, {"phone": written})
    applied(app_client, clerk, {"phone": "0905123457"})
    assert dossier["applicant"]["phone"] == written
    assert dossier["applicant"]["phone_e164"] == "+84905123456"
    for typed in ("0905 123 456", "0905123456", "+84905123456", "0905.123.456", "84905123456", "123456", "5 123 456"):
        assert matches(app_client, clerk, phone=typed) == [dossier["code"]], typed
    for typed in ("23456", "905123", "0905123458"):
        assert matches(app_client, clerk, phone=typed) == [], typed


def test_a_number_that_is_not_valid_is_found_as_it_was_typed(app_client: Client, clerk: str) -> None:
    code = applied(app_client, clerk, {"phone": "0169 1234567"})["code"]
    for typed in ("0169 1234567", "01691234567", "234567"):
        assert matches(app_client, clerk, phone=typed) == [code], typed


async def _without_keys(connection: Database) -> None:
    for table in (applicants, participants):
        await connection.run(table.update().values(phone_key=None))


def test_a_telephone_of_an_earlier_process_is_found_as_it_was_typed(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    code = applied(app_client, clerk, {"phone": "0905 123 456"})["code"]
    assert verified(seeded_url, _without_keys) == []
    assert matches(app_client, clerk, phone="0905 123 456") == [code]
    assert matches(app_client, clerk, phone="0905123456") == []


@pytest.mark.parametrize(
    ("applicant", "others", "warnings"),
    [
        ({"phone": "0905123456"}, {}, set()),
        ({"email": "hoa@example.vn"}, {}, set()),
        ({}, {}, {"/applicant no_contact"}),
        ({"phone": "0235 3881 234"}, {}, {"/applicant/phone phone_without_texts", "/applicant no_contact"}),
        ({"phone": "0235 3881 234", "email": "hoa@example.vn"}, {}, {"/applicant/phone phone_without_texts"}),
        ({"phone": "090512345"}, {}, {"/applicant/phone phone_invalid", "/applicant no_contact"}),
        (
            {"email": "nguyenvana@gmail,com"},
            {},
            {"/applicant/email email_invalid", "/applicant no_contact"},
        ),
        ({"phone": "0905123456", "email": "a@b.vn; c@d.vn"}, {}, {"/applicant/email email_invalid"}),
        (
            {"phone": "0905123456", "address": None},
            {"return_method": "postal"},
            {"/applicant/address address_missing"},
        ),
        ({"phone": "0905123456"}, {"return_method": "postal"}, set()),
        ({"phone": "0905123456", "identity_number": "049185001234"}, {}, set()),
        (
            {"phone": "0905123456", "identity_number": "003185001234"},
            {},
            {"/applicant/identity_number identity_place"},
        ),
        (
            {"phone": "0905123456", "identity_number": "049250001234"},
            {},
            {"/applicant/identity_number identity_birth_year"},
        ),
        (
            {"phone": "0905123456", "identity_number": "04918500123"},
            {},
            {"/applicant/identity_number identity_unusual"},
        ),
        (
            {"phone": "0905123456"},
            {"handed_in_by": {**SON, "phone": "12"}, "further_applicants": [BRIDE, {**GROOM, "phone": "0235 3881234"}]},
            {"/handed_in_by/phone phone_invalid", "/further_applicants/1/phone phone_without_texts"},
        ),
    ],
)
def test_what_cannot_be_reached_and_what_is_odd_is_said_at_entry(
    app_client: Client, clerk: str, applicant: dict[str, Any], others: dict[str, Any], warnings: set[str]
) -> None:
    dossier = applied(app_client, clerk, applicant, **others)
    for answer in (dossier, shown(app_client, clerk, dossier["code"])):
        assert {f"{warning['pointer']} {warning['code']}" for warning in answer["warnings"]} == warnings
        assert all(warning["detail"] for warning in answer["warnings"])


def test_a_warning_ends_with_the_correction(app_client: Client, clerk: str) -> None:
    code = applied(app_client, clerk, {"phone": "090512345"})["code"]
    assert changed(app_client, clerk, code, applicant={"phone": "0905123456"})["warnings"] == []


def test_who_sees_no_people_gets_no_warning(app_client: Client, clerk: str) -> None:
    code = applied(app_client, clerk, handed_in_by=SON, further_applicants=[GROOM])["code"]
    hidden = shown(app_client, app_client.token("reporter", "20899"), code)
    assert (hidden["handed_in_by"], hidden["further_applicants"], hidden["warnings"]) == (None, [], [])


# --- Identity papers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("citizen", "04918500123", "citizen_number_digits"),
        ("citizen", "205123456", "citizen_number_digits"),
        ("old", "049185001234", "old_number_digits"),
        ("passport", "B12", "passport_number_form"),
        ("tax_code", "0100047517", "tax_code_check_digit"),
        ("tax_code", "01000475", "tax_code_digits"),
        ("driver", "123", "not_a_choice"),
    ],
)
@pytest.mark.parametrize("place", ["applicant", "handed_in_by", "further_applicants"])
def test_a_number_that_is_not_of_its_kind_is_refused(
    app_client: Client, clerk: str, place: str, kind: str, number: str, code: str
) -> None:
    paper = {"identity_kind": kind, "identity_number": number}
    person = {"applicant": HOA, "handed_in_by": SON, "further_applicants": GROOM}[place] | paper
    given = {place: [person] if place == "further_applicants" else person}
    answer = app_client.post(DOSSIERS, guardianship(**given), token=clerk)
    pointer = f"/{place}/0" if place == "further_applicants" else f"/{place}"
    field = "identity_kind" if kind == "driver" else "identity_number"
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"{pointer}/{field}", code)
    assert number not in answer.text


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"identity_number": "049185001234"}, "citizen"),
        ({"identity_number": "205123456"}, "old"),
        ({"identity_number": "C1234567"}, "passport"),
        ({"kind": "business", "identity_number": "0100047516"}, "tax_code"),
        ({"kind": "business", "identity_number": "4103001234"}, "other"),  # a registration of before 2010
        ({"identity_number": "04918500123"}, "other"),
        ({"identity_kind": "other", "identity_number": "049185001234"}, "other"),
        ({"identity_kind": "citizen"}, None),
    ],
)
def test_a_number_without_a_kind_goes_on_working(
    app_client: Client, clerk: str, given: dict[str, Any], kind: str | None
) -> None:
    code = applied(app_client, clerk, given)["code"]
    assert shown(app_client, clerk, code)["applicant"]["identity_kind"] == kind


def test_another_number_does_not_keep_the_kind_of_the_one_before(app_client: Client, clerk: str) -> None:
    code = applied(app_client, clerk, {"identity_kind": "old", "identity_number": "205123456"})["code"]
    after = changed(app_client, clerk, code, applicant={"identity_number": "049185001234"})
    assert after["applicant"]["identity_kind"] == "citizen"
    assert (
        changed(app_client, clerk, code, applicant={"phone": "0905123456"})["applicant"]["identity_kind"] == "citizen"
    )
    answer = app_client.patch(f"{DOSSIERS}/{code}", {"applicant": {"identity_kind": "old"}}, token=clerk)
    assert answer.json()["errors"][0]["pointer"] == "/applicant/identity_number"


# --- People beside the applicant --------------------------------------------------------------------------------------


def test_who_hands_in_and_who_applies_too_stand_beside_the_applicant(
    app_client: Client, clerk: str, seeded_url: str
) -> None:
    dossier = applied(app_client, clerk, handed_in_by=SON, further_applicants=[GROOM, BRIDE])
    assert dossier["handed_in_by"]["identity_number"] == "*********678"
    assert [person["identity_number"] for person in dossier["further_applicants"]] == ["*********111", None]
    whole = shown(app_client, clerk, dossier["code"])
    agent = {**SON, "address": None, "identity_kind": "citizen", "phone_e164": "+84905654321"}
    assert whole["handed_in_by"] == agent
    assert [person["name"] for person in whole["further_applicants"]] == ["Đinh Văn Rum", "Hồ Thị Sen"]
    assert whole["further_applicants"][0]["identity_number"] == "049079001111"
    journal = app_client.get(f"{DOSSIERS}/{dossier['code']}/journal", token=clerk).json()["items"][0]
    assert journal["data"]["further_applicants"] == [GROOM, BRIDE]
    assert verified(seeded_url) == []


@pytest.mark.parametrize(
    "filters",
    [
        {"name": "rum dinh"},
        {"name": "ho sen"},
        {"identity_number": "049 079 001 111"},
        {"phone": "+84 905 777 888"},
        {"phone": "777888"},
        {"name": "ho van sau"},
        {"phone": "654321"},
    ],
)
def test_search_finds_the_dossier_by_each_of_its_people(
    app_client: Client, clerk: str, filters: dict[str, str]
) -> None:
    applied(app_client, clerk)
    code = applied(app_client, clerk, handed_in_by=SON, further_applicants=[GROOM, BRIDE])["code"]
    assert matches(app_client, clerk, **filters) == [code]


def test_corrected_people_replace_those_of_before(app_client: Client, clerk: str, seeded_url: str) -> None:
    code = applied(app_client, clerk, handed_in_by=SON, further_applicants=[GROOM, BRIDE])["code"]
    after = changed(app_client, clerk, code, handed_in_by={"phone": "0905111222"}, further_applicants=[BRIDE])
    assert after["handed_in_by"]["phone"] == "0905111222"
    assert [person["name"] for person in after["further_applicants"]] == ["Hồ Thị Sen"]
    whole = shown(app_client, clerk, code)
    assert whole["handed_in_by"]["identity_number"] == SON["identity_number"]
    assert whole["handed_in_by"]["authority"] == SON["authority"]
    assert matches(app_client, clerk, phone="0905111222") == [code]
    assert matches(app_client, clerk, name="sen") == [code]
    for gone in ({"phone": "654321"}, {"name": "dinh van rum"}, {"identity_number": "049079001111"}):
        assert matches(app_client, clerk, **gone) == [], gone
    entry = app_client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"][-1]
    assert entry["data"]["fields"] == ["further_applicants", "handed_in_by"]
    assert verified(seeded_url) == []


def test_people_beside_the_applicant_are_removed_and_added(app_client: Client, clerk: str, seeded_url: str) -> None:
    code = applied(app_client, clerk, handed_in_by=SON, further_applicants=[GROOM])["code"]
    after = changed(app_client, clerk, code, handed_in_by=None, further_applicants=[])
    assert (after["handed_in_by"], after["further_applicants"]) == (None, [])
    assert matches(app_client, clerk, name="ho van sau") == []
    after = changed(app_client, clerk, code, handed_in_by=SON)
    assert after["handed_in_by"]["name"] == SON["name"]
    version = changed(app_client, clerk, code, handed_in_by={"name": SON["name"]}, further_applicants=[])["version"]
    assert version == after["version"], "a patch that changes nothing is not recorded"
    assert verified(seeded_url) == []


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"handed_in_by": {"name": "Nam"}}, "/handed_in_by/authority"),
        ({"handed_in_by": {"identity_number": "*********678"}}, "/handed_in_by/identity_number"),
        ({"further_applicants": None}, "/further_applicants"),
        (
            {"further_applicants": [{"name": "Rum", "identity_number": "********111"}]},
            "/further_applicants/0/identity_number",
        ),
        ({"further_applicants": [GROOM] * 51}, "/further_applicants"),
    ],
)
def test_a_wrong_correction_of_people_is_refused(
    app_client: Client, clerk: str, patch: dict[str, Any], pointer: str
) -> None:
    code = applied(app_client, clerk)["code"]
    answer = app_client.patch(f"{DOSSIERS}/{code}", patch, token=clerk)
    assert answer.status_code == 422
    problem = answer.json()
    assert pointer in [problem.get("pointer"), *(error["pointer"] for error in problem.get("errors", ()))]


async def _replaced(connection: Database) -> None:
    await connection.run(participants.update().values(replaced_by=7))


async def _swapped(connection: Database) -> None:
    await connection.run(participants.update().where(participants.c.number == 2).values(number=9))


@pytest.mark.parametrize(
    ("tampering", "fields"),
    [
        (_replaced, {"participant.replaced_by"}),
        (_swapped, {"participants", "participant.identity_encrypted", "text_hash"}),
    ],
)
def test_verify_compares_each_person_with_the_journal(
    app_client: Client, clerk: str, seeded_url: str, tampering: Any, fields: set[str]
) -> None:
    applied(app_client, clerk, handed_in_by=SON, further_applicants=[GROOM])
    assert {difference.field for difference in verified(seeded_url, tampering)} == fields


def test_the_receipt_names_everybody_as_corrected_and_the_one_who_signs(seeded_url: str) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now) as client:
        clerk = client.token("clerk", "20900")
        here: dict[str, Any] = {"receiving_unit": "20900", "at": now.isoformat()}
        code = applied(client, clerk, handed_in_by=SON, further_applicants=[GROOM, BRIDE], **here)["code"]
        changed(client, clerk, code, handed_in_by={"phone": "0905 111 222"}, further_applicants=[GROOM])
        said = text_of(client.get(f"{DOSSIERS}/{code}/slips/receipt", token=clerk).content)
        reporter = client.token("reporter", "20900")
        hidden = text_of(client.get(f"{DOSSIERS}/{code}/slips/receipt", token=reporter).content)
    for line in (
        "Người nộp thay: Hồ Văn Sáu",
        "Văn bản ủy quyền có công chứng, chứng thực: Giấy ủy quyền số 12",
        "Số điện thoại người nộp thay: 0905 111 222",
        "Người cùng đề nghị: Đinh Văn Rum (bên nam)",
        "Số định danh của người cùng đề nghị: 049079001111",
    ):
        assert line in said
    assert "Hồ Thị Sen" not in said
    assert said.count("Hồ Văn Sáu") == 2, "once as who hands in, and once under the signature"
    assert not [name for name in ("Hồ Văn Sáu", "Đinh Văn Rum") if name in hidden]
