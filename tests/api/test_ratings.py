"""Ratings: once, after the return, by the key of the receipt; their figures; and comments for staff."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.dossiers.rating_keys import typed_key
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, guardianship, receipt
from tests.support.client import Call, Client
from tests.support.pdf import text

API = "/api/v1"
FIGURES = f"{API}/statistics/ratings"
AUGUST = "from=2021-08-01&to=2021-08-31"
COMMENT = "Chờ lâu, cán bộ Minh giải thích rõ"
HANDED_OVER = {"received_by": "Nguyễn Thị Hoa", "how": "counter"}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def returned(client: Client, token: str, **changes: Any) -> tuple[str, str]:
    """Code and rating key of a dossier with a returned result."""
    made = receipt(client, token, **changes)
    act(client, token, made["code"], "finish", outcome="granted")
    act(client, token, made["code"], "return", **HANDED_OVER)
    return made["code"], made["rating_key"]


def rated(client: Client, code: str, key: str, score: Any = 4, **more: Any) -> httpx.Response:
    return client.post(f"{API}/lookup/{code}/rating", {"key": key, "score": score, **more})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- The key ----------------------------------------------------------------------------------------------------------


def test_only_the_receipt_answers_the_key(client: Client, supervisor: str) -> None:
    made = receipt(client, supervisor)
    code, key = made["code"], made["rating_key"]
    assert len(typed_key(key)) == 16
    for path in (f"{DOSSIERS}/{code}", f"{DOSSIERS}/{code}/journal", DOSSIERS, f"{API}/lookup/{code}", f"/d/{code}"):
        answer = client.get(path, token=supervisor)
        assert answer.is_success
        assert key not in answer.text
        assert "rating_key" not in answer.text
    assert "rating_key" not in act(client, supervisor, code, "take")


def test_a_submitted_dossier_gets_its_key_at_the_receipt(client: Client, supervisor: str) -> None:
    submitted = receipt(client, supervisor, submit=True)
    assert submitted["rating_key"] is None
    key = act(client, supervisor, submitted["code"], "receive")["rating_key"]
    assert len(typed_key(key)) == 16


def test_a_repeated_receipt_answers_the_same_key(client: Client, supervisor: str) -> None:
    first, again = (
        client.post(DOSSIERS, guardianship(), token=supervisor, headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.content == again.content
    assert first.json()["rating_key"]


def test_no_two_dossiers_have_the_same_key(client: Client, supervisor: str) -> None:
    assert len({receipt(client, supervisor)["rating_key"] for _ in range(20)}) == 20


def test_the_slip_prints_the_key(client: Client, supervisor: str) -> None:
    made = receipt(client, supervisor)
    path = f"{DOSSIERS}/{made['code']}/slips/receipt"
    for role, is_printed in (("clerk", True), ("supervisor", True), ("officer", False), ("reporter", False)):
        for paper in ("a4", "a5"):
            slip = client.get(f"{path}?paper={paper}", token=client.token(role, "20899"))
            assert (made["rating_key"] in text(slip.content)) == is_printed, role


@pytest.mark.parametrize(
    "written", [str.lower, lambda key: key.replace("-", ""), lambda key: f" {key} ".replace("-", " – ")]
)
def test_the_key_is_accepted_in_any_typed_form(client: Client, supervisor: str, written: Any) -> None:
    code, key = returned(client, supervisor)
    assert rated(client, code.lower(), written(key)).is_success


def test_letters_that_look_like_digits_are_read_as_those() -> None:
    for number in range(400):
        key = f"01{number:03X}".ljust(15, "0")
        for check in "0123456789ABCDEFGHJKMNPQRSTV":
            try:
                typed_key(key + check)
            except Exception:  # noqa: BLE001, S112
                continue
            assert typed_key(("OL" + key[2:] + check).lower()) == key + check
            return
    pytest.fail("no key was found")


def test_a_single_typing_error_is_refused_without_a_look_up(client: Client, supervisor: str) -> None:
    code, key = returned(client, supervisor)
    plain = key.replace("-", "")
    for place in range(15):
        other = "7" if plain[place] != "7" else "8"
        wrong = plain[:place] + other + plain[place + 1 :]
        assert refusal(rated(client, code, wrong)) == (422, "rating_key_mistyped")
    for wrong in ("", plain[:-1], plain + "0", "U" * 16, "x" * 90):
        assert refusal(rated(client, code, wrong)) == (422, "rating_key_mistyped")


# --- Rating -----------------------------------------------------------------------------------------------------------


def test_a_returned_dossier_is_rated_once(client: Client, supervisor: str) -> None:
    code, key = returned(client, supervisor)
    before = client.get(f"{DOSSIERS}/{code}", token=supervisor).json()
    answer = rated(client, code, key, 5, comment=COMMENT)
    assert answer.status_code == 200
    assert answer.json() == {"code": code, "score": 5, "rated_at": "2021-08-16T08:30:00+07:00"}
    assert refusal(rated(client, code, key, 5, comment=COMMENT)) == (409, "rated_already")
    after = client.get(f"{DOSSIERS}/{code}", token=supervisor).json()
    assert after == before, "no version, no entry"


def test_one_of_many_ratings_at_the_same_time_is_stored(client: Client, supervisor: str) -> None:
    code, key = returned(client, supervisor)
    answers = client.together([Call("POST", f"{API}/lookup/{code}/rating", {"key": key, "score": 3})] * 5)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]


def test_without_a_return_there_is_no_rating(client: Client, supervisor: str) -> None:
    made = receipt(client, supervisor)
    code, key = made["code"], made["rating_key"]
    assert refusal(rated(client, code, key)) == (409, "not_returned")
    act(client, supervisor, code, "finish", outcome="granted")
    assert refusal(rated(client, code, key)) == (409, "not_returned")
    other = receipt(client, supervisor)
    act(client, supervisor, other["code"], "withdraw", request="đơn")
    assert refusal(rated(client, other["code"], other["rating_key"])) == (409, "not_returned")


def test_a_wrong_key_reveals_nothing_of_the_state(client: Client, supervisor: str) -> None:
    fresh = receipt(client, supervisor)
    done, key = returned(client, supervisor)
    rated_code, rated_key = returned(client, supervisor)
    assert rated(client, rated_code, rated_key).is_success
    answers = [rated(client, code, key) for code in (fresh["code"], rated_code)]
    answers.append(rated(client, done, fresh["rating_key"]))
    for answer in answers:
        assert refusal(answer) == (404, "rating_key_wrong")
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert refusal(rated(client, "000.31.15.H47-210816-9999", key)) == (404, "unknown_dossier")


def test_guessing_takes_longer_and_longer(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_rate=0, lookup_misses=3) as client:
        supervisor = client.token("supervisor")
        code, key = returned(client, supervisor)
        other = receipt(client, supervisor)["rating_key"]
        assert [rated(client, code, other).status_code for _ in range(5)] == [404, 404, 404, 404, 429]
        assert rated(client, code, key).status_code == 429, "also with the right one"


@pytest.mark.parametrize("score", [0, 6, -1, 2.5, "5", None, True, [5]])
def test_a_score_is_a_whole_number_from_1_to_5(client: Client, supervisor: str, score: Any) -> None:
    code, key = returned(client, supervisor)
    assert refusal(rated(client, code, key, score)) == (422, "invalid")


@pytest.mark.parametrize(
    ("comment", "code"),
    [("", "invalid"), ("x" * 1001, "invalid"), ("a\u202eb", "direction_marks"), ("a\u0007b", "control_characters")],
)
def test_a_comment_is_bounded_and_visible(client: Client, supervisor: str, comment: str, code: str) -> None:
    dossier, key = returned(client, supervisor)
    assert refusal(rated(client, dossier, key, comment=comment)) == (422, code)


def test_a_rating_sent_again_with_its_key_is_answered_again(client: Client, supervisor: str) -> None:
    code, key = returned(client, supervisor)
    path, body = f"{API}/lookup/{code}/rating", {"key": key, "score": 2, "comment": COMMENT}
    sent = {"Idempotency-Key": "retry"}
    first, again = (client.post(path, body, headers=sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert refusal(client.post(path, {**body, "score": 5}, headers=sent)) == (422, "key_reused")
    other, other_key = returned(client, supervisor)
    answer = client.post(f"{API}/lookup/{other}/rating", {"key": other_key, "score": 5}, headers=sent)
    assert answer.json()["code"] == other, "the name of a key is each dossier's own"


# --- Figures ----------------------------------------------------------------------------------------------------------


def rate_many(client: Client, supervisor: str, scores: list[int], **changes: Any) -> None:
    for score in scores:
        assert rated(client, *returned(client, supervisor, **changes), score).is_success


def exact(client: Client, query: str, **headers: str) -> httpx.Response:
    """The figures that a supervisor of all units reads."""
    return client.get(f"{FIGURES}?{query}", token=client.token("supervisor"), headers=headers)


def row(client: Client, key: str, query: str) -> dict[str, Any]:
    answer = exact(client, f"{query}&{AUGUST}")
    assert answer.status_code == 200, answer.text
    match: dict[str, Any] = next(row for row in answer.json()["rows"] if row["key"] == key)
    return match


def test_a_unit_has_answers_mean_scores_and_the_share_that_answered(client: Client, supervisor: str) -> None:
    rate_many(client, supervisor, [5, 5, 4, 1, 5, 3])
    returned(client, supervisor)
    returned(client, supervisor)
    receipt(client, supervisor)
    assert row(client, "20899", "by=commune") == {
        "key": "20899",
        "id": receipt(client, supervisor)["receiving_unit"]["id"],
        "name": "Trà My",
        "answers": 6,
        "mean": 3.83,
        "scores": {"score_1": 1, "score_2": 0, "score_3": 1, "score_4": 1, "score_5": 3},
        "answered": {"value": 0.75, "numerator": 6, "denominator": 8},
    }
    nobody = row(client, "20902", "by=commune")
    assert (nobody["answers"], nobody["mean"]) == (0, None)
    assert nobody["answered"] == {"value": None, "numerator": 0, "denominator": 0}


def test_few_answers_are_only_counted(client: Client, supervisor: str) -> None:
    rate_many(client, supervisor, [1, 5, 5, 5])
    few = row(client, "20899", "by=commune")
    assert (few["answers"], few["mean"], set(few["scores"].values())) == (4, None, {None})
    rate_many(client, supervisor, [5])
    enough = row(client, "20899", "by=commune")
    assert (enough["answers"], enough["mean"], enough["scores"]["score_1"]) == (5, 4.2, 1)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("by=unit", "20899"),
        ("by=unit&basis=receiving", "20899"),
        ("by=field", "Hộ tịch"),
        ("by=procedure", "1.004837"),
        ("by=channel", "counter"),
        ("by=level", "commune"),
        ("by=month", "2021-08"),
        ("by=commune&unit=20899&field=Hộ tịch&channel=counter&procedure=1.004837", "20899"),
    ],
)
def test_the_same_answers_count_in_every_kind_of_rows(client: Client, supervisor: str, query: str, key: str) -> None:
    rate_many(client, supervisor, [5, 4, 4, 4, 4])
    assert row(client, key, query)["mean"] == 4.2
    total = exact(client, f"{query}&{AUGUST}").json()["total"]
    assert (total["key"], total["answers"], total["answered"]["denominator"]) == ("total", 5, 5)


def test_a_filter_leaves_the_others_out(client: Client, supervisor: str) -> None:
    rate_many(client, supervisor, [5])
    for query in ("unit=20902", "channel=online", "procedure=1.004884", "to=2021-08-15"):
        figures = exact(client, f"by=procedure&{query}")
        assert figures.json()["total"]["answers"] == 0, query


def test_a_rating_counts_in_the_period_of_the_return(client: Client, supervisor: str) -> None:
    code, key = returned(client, supervisor)
    client.now = NOW + timedelta(days=40)
    assert rated(client, code, key).is_success
    august = exact(client, f"by=commune&{AUGUST}").json()["total"]
    september = exact(client, "by=commune&period=2021-09").json()["total"]
    assert (august["answers"], september["answers"], september["answered"]["denominator"]) == (1, 0, 0)


def test_a_transferred_dossier_counts_for_the_unit_responsible_at_the_return(client: Client, supervisor: str) -> None:
    made = receipt(client, supervisor)
    act(client, supervisor, made["code"], "transfer", to_unit="20902", reason="x", legal_basis="y")
    act(client, supervisor, made["code"], "finish", outcome="granted")
    act(client, supervisor, made["code"], "return", **HANDED_OVER)
    assert rated(client, made["code"], made["rating_key"]).is_success
    assert row(client, "20902", "by=commune")["answers"] == 1
    assert row(client, "20899", "by=commune&basis=receiving")["answers"] == 1
    assert row(client, "20899", "by=commune")["answers"] == 0


def test_the_figures_have_an_etag_and_a_table(client: Client, supervisor: str) -> None:
    rate_many(client, supervisor, [5])
    first = exact(client, f"by=commune&{AUGUST}")
    same = exact(client, f"by=commune&{AUGUST}", **{"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304
    table = exact(client, f"by=commune&{AUGUST}", Accept="text/csv")
    assert table.headers["content-type"].startswith("text/csv")
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0] == (
        "key,id,name,answers,mean,scores_score_1,scores_score_2,scores_score_3,scores_score_4,scores_score_5,"
        "answered_value,answered_numerator,answered_denominator"
    )
    assert lines[-1] == "total,,Tổng cộng,1,,,,,,,1.0,1,1"


@pytest.mark.parametrize(
    ("query", "code"),
    [("minimum=1", "unknown_parameter"), ("basis=step", "invalid"), ("by=month&by=unit", "parameter_twice")],
)
def test_an_invalid_question_is_refused(client: Client, query: str, code: str) -> None:
    assert refusal(client.get(f"{FIGURES}?{query}")) == (422, code)


# --- Figures for the public -------------------------------------------------------------------------------------------


def test_no_two_public_figures_differ_by_a_single_rating(client: Client, supervisor: str) -> None:
    for month, scores in ((6, [1]), (7, [5, 5, 4, 4, 5])):
        client.now = datetime(2021, month, 12, 3, tzinfo=UTC)
        rate_many(client, supervisor, scores, at=None)
    client.now = NOW

    def total(query: str) -> tuple[int, float | None, list[int]]:
        answer = client.get(f"{FIGURES}?by=commune&{query}")
        assert answer.status_code == 200, answer.text
        shown = answer.json()["total"]
        return shown["answers"], shown["mean"], [shown["answered"]["numerator"], shown["answered"]["denominator"]]

    assert total("period=2021-07") == (5, 4.6, [5, 5])
    assert total("from=2021-07-01&to=2021-07-31") == total("period=2021-07") == total("")
    # The quarter and the half-year have the single answer of June. It is in no figure, so nothing can be subtracted.
    assert total("period=2021-06") == (0, None, [1, 1])
    assert total("period=2021-Q2") == (0, None, [1, 1])
    assert total("period=2021-H1") == (0, None, [1, 1])
    by_month = exact(client, "by=month&period=2021-H1").json()
    assert (by_month["exact"], by_month["total"]["answers"]) == (True, 1)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=2021-07-01&to=2021-07-30", "/from"),
        ("from=2021-07-02&to=2021-07-31", "/from"),
        ("to=2021-08-15", "/from"),
        ("period=2021-08", "/period"),
        ("period=2021", "/period"),
        ("period=statutory-2021-07", "/period"),
        ("period=2021-07&channel=online", "/channel"),
        ("period=2021-07&procedure=1.004837", "/procedure"),
        ("period=2021-07&by=field", "/by"),
    ],
)
def test_the_public_asks_for_fixed_periods_that_ended_only(client: Client, query: str, pointer: str) -> None:
    for token in (None, client.token("reporter"), client.token("supervisor", "20902")):
        answer = client.get(f"{FIGURES}?{query}", token=token)
        assert refusal(answer) == (422, "ratings_not_public"), query
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert client.get(f"{FIGURES}?unit=20902&{query}", token=client.token("supervisor", "20902")).status_code == 200


# --- Comments ---------------------------------------------------------------------------------------------------------


def test_staff_read_the_comments_of_their_units_the_latest_first(client: Client, supervisor: str) -> None:
    codes = []
    for number in range(5):
        client.now = NOW + timedelta(minutes=number)
        code, key = returned(client, supervisor)
        assert rated(client, code, key, 1 + number, **({"comment": COMMENT} if number else {})).is_success
        codes.append(code)
    for role in ("clerk", "officer", "supervisor"):
        ratings, cursor = [], ""
        while True:
            page = client.get(f"{API}/ratings?limit=2{cursor}", token=client.token(role, "20899")).json()
            ratings += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert [rating["code"] for rating in ratings] == codes[::-1]
        assert [rating["score"] for rating in ratings] == [5, 4, 3, 2, 1]
        assert [rating["comment"] for rating in ratings] == [COMMENT] * 4 + [None]
    assert ratings[0]["unit"]["code"] == ratings[0]["counter_unit"]["code"] == "20899"
    assert ratings[0]["rated_at"] == "2021-08-16T08:34:00+07:00"


def test_no_other_caller_reads_a_comment(client: Client, supervisor: str) -> None:
    code, key = returned(client, supervisor)
    said = [rated(client, code, key, 1, comment=COMMENT)]
    elsewhere = client.token("supervisor", "20902")
    assert client.get(f"{API}/ratings", token=elsewhere).json()["items"] == []
    for role in ("reporter", "administrator"):
        assert refusal(client.get(f"{API}/ratings", token=client.token(role))) == (403, "role_may_not")
    said += [
        client.get(path) for path in (f"{API}/lookup/{code}", f"/d/{code}", f"{FIGURES}?period=2021-07", "/metrics")
    ]
    said.append(exact(client, AUGUST))
    said += [client.get(f"{DOSSIERS}/{code}{path}", token=supervisor) for path in ("", "/journal", "/slips/control")]
    for answer in said:
        assert answer.is_success, answer.text
        assert COMMENT not in answer.text
