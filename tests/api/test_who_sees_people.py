"""Rights to see the people of a dossier and their words: each role, in each relation, in every operation."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, guardianship
from tests.support.client import Client
from tests.support.reference import seed

if TYPE_CHECKING:
    from tests.support.databases import Databases, Templates

# Received at the commune, for which an office is responsible that never held it; another office held it, a third does.
RELATIONS = {"holds": "515.05", "held": "515.04", "counter": "20899", "responsible": "515.03", "none": "20902"}
ALL = None

NAME, NUMBER, PHONE = "Hồ Thị Dấu", "049187654321", "0909111222"
APPLICANT = {
    "kind": "person",
    "name": NAME,
    "identity_number": NUMBER,
    "phone": PHONE,
    "email": "dau@example.vn",
    "address": "Thôn Dấu",
    "commune": "Xã của Dấu",
}
# Each field of a dossier or of an entry that is about people or was written by them, and a word that stands in it.
WORDS = {
    "applicant": "Dấu",
    "summary": "tóm-tắt-dấu",
    "documents": "giấy-dấu",
    "officer": "cán-bộ-dấu",
    "note": "ghi-chú-dấu",
    "reason": "lý-do-dấu",
}

# The view of each role in each relation: everything, all but people, or nothing (403). The
# receiving commune is the counter, and was the first holder.
TABLE = """
               | holds | held | counter | responsible | none | all
clerk          | all   | all  | all     | all         | 403  | all
officer        | all   | all  | all     | bare        | 403  | all
supervisor     | all   | all  | all     | all         | 403  | all
reporter       | bare  | bare | bare    | bare        | 403  | bare
administrator  | bare  | bare | bare    | bare        | 403  | bare
"""


def expected() -> Iterator[tuple[str, str, str]]:
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    for role, *cells in lines:
        yield from ((role, relation, shown) for relation, shown in zip(head[1:], cells, strict=True))


EXPECTED = list(expected())


class Scene(NamedTuple):
    """A dossier with words in every field, and callers."""

    client: Client
    code: str

    def token(self, role: str, relation: str) -> str:
        """A token of the role for the unit that stands in this relation to the dossier."""
        return self.client.token(role, RELATIONS.get(relation), client=f"{role} {relation}")


def build(client: Client) -> str:
    """The dossier's code."""
    supervisor = client.token("supervisor")
    words = {"note": WORDS["note"], "officer": WORDS["officer"]}
    body = guardianship(
        applicant=APPLICANT,
        responsible_unit=RELATIONS["responsible"],
        summary=WORDS["summary"],
        documents=[{"name": WORDS["documents"]}],
        **words,
    )
    answer = client.post(DOSSIERS, body, token=supervisor)
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    for unit in (RELATIONS["held"], RELATIONS["holds"]):
        act(client, supervisor, code, "forward", to_unit=unit, reason=WORDS["reason"], **words)
        act(client, supervisor, code, "take", **words)
    return code


@pytest.fixture(scope="module")
def scene(databases: "Databases", templates: "Templates") -> Iterator[Scene]:
    url = databases.create(templates.prepared_by(seed))
    with Client(url, NOW) as client:
        yield Scene(client, build(client))
    databases.drop(url)


def items(answer: httpx.Response) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = answer.json()["items"]
    return content


def words_in(shown: Mapping[str, Any]) -> set[str]:
    """The fields with something about people, anywhere in the answer."""
    text = str(shown)
    return {field for field, word in WORDS.items() if word in text}


OF_DOSSIER = {"applicant", "summary", "documents", "officer"}
OF_ENTRIES = {"officer", "note", "reason", "documents"}


@pytest.mark.parametrize(("role", "relation", "shown"), EXPECTED)
def test_a_dossier_its_journal_and_the_lists_show_each_reader_only_the_needed_fields(
    scene: Scene, role: str, relation: str, shown: str
) -> None:
    client, token = scene.client, scene.token(role, relation)
    path = f"{DOSSIERS}/{scene.code}"
    dossier, journal = client.get(path, token=token), client.get(f"{path}/journal", token=token)
    listed = client.get(f"{DOSSIERS}?q={scene.code}", token=token)
    searched = client.post(f"{DOSSIERS}/search", {"q": scene.code}, token=token)
    if shown == "403":
        assert (dossier.status_code, journal.status_code) == (403, 403)
        assert items(listed) == items(searched) == []
        return
    full = shown == "all"
    assert words_in(dossier.json()) == (OF_DOSSIER if full else set())
    assert words_in(journal.json()) == (OF_ENTRIES if full else set())
    for answer in (listed, searched):
        (item,) = items(answer)
        assert words_in(item) == (OF_DOSSIER if full else set())
        assert NUMBER not in answer.text
    assert (NUMBER in dossier.text, PHONE in dossier.text) == (full, full)
    if not full:
        dossier = dossier.json()
        assert (dossier["applicant"], dossier["summary"], dossier["officer"]) == (None, None, None)
        assert dossier["documents"] == [{"name": None, "form": "original", "copies": 1}]


@pytest.mark.parametrize(("role", "relation", "shown"), EXPECTED)
@pytest.mark.parametrize(
    "search", [{"name": NAME}, {"identity_number": NUMBER}, {"phone": PHONE}, {"officer": WORDS["officer"]}]
)
def test_only_readers_who_see_people_find_by_them(
    scene: Scene, role: str, relation: str, shown: str, search: dict[str, str]
) -> None:
    answer = scene.client.post(f"{DOSSIERS}/search", search, token=scene.token(role, relation))
    if role in ("reporter", "administrator"):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_may_not")
    else:
        assert len(items(answer)) == (shown == "all")


@pytest.mark.parametrize(("role", "relation", "shown"), EXPECTED)
def test_figures_opened_and_explained_and_looked_up_show_no_people_to_anybody(
    scene: Scene, role: str, relation: str, shown: str
) -> None:
    client, token = scene.client, scene.token(role, relation)
    query = f"by=field&unit={RELATIONS['responsible']}&figure=received&from=2021-08-01&to=2021-08-31"
    answers = [
        client.get(f"/api/v1/statistics/on-time/dossiers?{query}", token=token),
        client.get(f"{DOSSIERS}/{scene.code}/deadline", token=token),
        client.get(f"/api/v1/lookup/{scene.code}", token=token),
        client.get(f"/api/v1/lookup/{scene.code}/deadline", token=token),
    ]
    if relation in ("responsible", "all"):
        assert [item["code"] for item in items(answers[0])] == [scene.code]
    assert answers[1].status_code == (403 if shown == "403" else 200)
    assert not any(words_in({"text": answer.text}) or NUMBER in answer.text for answer in answers)


@pytest.mark.parametrize(("role", "status"), [("reporter", 403), ("administrator", 403), ("supervisor", 200)])
def test_figures_by_officer_are_for_roles_that_work_on_dossiers(app_client: Client, role: str, status: int) -> None:
    answer = app_client.get("/api/v1/statistics/workload?by=officer", token=app_client.token(role))
    assert answer.status_code == status


@pytest.mark.parametrize(("role", "relation", "shown"), EXPECTED)
@pytest.mark.parametrize("basis", ["holder", "responsible"])
def test_the_workload_names_officers_only_to_readers_who_see_them_in_dossiers(
    scene: Scene, role: str, relation: str, shown: str, basis: str
) -> None:
    answer = scene.client.get(
        f"/api/v1/statistics/workload?by=officer&basis={basis}", token=scene.token(role, relation)
    )
    if (role, basis) == ("officer", "responsible"):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_may_not")
    if WORDS["officer"] in answer.text:
        assert shown == "all"
    elif relation == "holds":
        assert shown != "all" or basis == "responsible"


def test_the_answer_of_a_change_and_of_its_retry_masks_the_number(app_client: Client) -> None:
    clerk = app_client.token("clerk", "20899")
    sent = {"Idempotency-Key": "k-1"}
    answers = [
        app_client.post(DOSSIERS, guardianship(applicant=APPLICANT), token=clerk, headers=sent) for _ in range(2)
    ]
    code = answers[0].json()["code"]
    answers.append(app_client.patch(f"{DOSSIERS}/{code}", {"applicant": {"phone": "0905000000"}}, token=clerk))
    assert [answer.is_success for answer in answers] == [True] * 3
    assert {answer.json()["applicant"]["identity_number"] for answer in answers} == {"*********321"}
    assert {answer.json()["applicant"]["name"] for answer in answers} == {NAME}


@pytest.mark.parametrize(("number", "shown"), [("0123456789", "********89"), ("12345", "****5"), ("123", "***")])
def test_of_a_short_number_less_is_shown(app_client: Client, number: str, shown: str) -> None:
    answer = app_client.post(
        DOSSIERS, guardianship(applicant={"name": "A", "identity_number": number}), token=app_client.token("supervisor")
    )
    assert answer.json()["applicant"]["identity_number"] == shown


def test_a_masked_number_sent_back_is_refused_and_the_number_stays(app_client: Client) -> None:
    clerk = app_client.token("clerk", "20899")
    made = app_client.post(DOSSIERS, guardianship(applicant=APPLICANT), token=clerk).json()
    path = f"{DOSSIERS}/{made['code']}"
    answer = app_client.patch(path, {"applicant": {**made["applicant"], "commune": "20899"}}, token=clerk)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/applicant/identity_number")
    assert app_client.get(path, token=clerk).json()["applicant"]["identity_number"] == NUMBER


def test_an_officer_sees_people_only_after_the_unit_has_the_dossier(app_client: Client) -> None:
    supervisor, officer = app_client.token("supervisor"), app_client.token("officer", "515.03")
    made = app_client.post(DOSSIERS, guardianship(responsible_unit="515.03"), token=supervisor).json()
    path = f"{DOSSIERS}/{made['code']}"
    assert app_client.get(path, token=officer).json()["applicant"] is None
    act(app_client, supervisor, made["code"], "forward", to_unit="515.03")
    assert app_client.get(path, token=officer).json()["applicant"] is not None
    act(app_client, supervisor, made["code"], "forward", to_unit="20899")
    act(app_client, supervisor, made["code"], "withdraw", request="đơn")
    assert app_client.get(path, token=officer).json()["applicant"] is not None
