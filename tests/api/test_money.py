"""Money of dossiers: due, asked, paid in parts, given back, and taken back by void and correction (rules §19)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.database import Connection, Database
from app.database.tables import entries, payments
from app.operations.recount.service import recount
from tests.support.bodies import DOSSIERS, act, corrected, guardianship, read_dossier, received
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.pdf import text as pdf_text
from tests.support.verification import verified

WHY = "thu nhầm"
# Sums in the order due, asked, paid, refunded, outstanding.
SUMS = ("due", "asked", "paid", "refunded", "outstanding")


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899", client="quầy 1")


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", "20899", client="cán bộ")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "20899", client="lãnh đạo")


@pytest.fixture
def other(app_client: Client) -> str:
    return app_client.token("supervisor", "515", client="phòng giám sát")


def sums(dossier: Mapping[str, Any]) -> tuple[int, ...]:
    assert dossier["fee"] == dossier["money"]["paid"] - dossier["money"]["refunded"]
    return tuple(dossier["money"][name] for name in SUMS)


def refused(client: Client, token: str, code: str, action: str, **body: Any) -> dict[str, Any]:
    """The problem with which an action is refused, which leaves no trace."""
    before = read_dossier(client, code)
    answer = client.post(f"{DOSSIERS}/{code}/{action}", body, token=token)
    assert answer.status_code in (403, 409, 422), answer.text
    assert read_dossier(client, code) == before
    problem: dict[str, Any] = answer.json()
    return problem


def stored_payments(url: str) -> list[tuple[Any, ...]]:
    columns = (payments.c[name] for name in ("sequence", "amount", "method", "receipt_number"))
    statement = select(*columns).order_by(payments.c.dossier_id, payments.c.sequence)

    async def read(database: Database) -> list[tuple[Any, ...]]:
        async with database.reading() as connection:
            return [tuple(row) for row in await connection.all(statement)]

    return in_database(url, read)


def test_a_fee_that_is_asked_for_and_paid_later_is_the_fee_of_the_dossier(
    app_client: Client, seeded_url: str, clerk: str, officer: str
) -> None:
    code = received(app_client, clerk)["code"]

    asked = act(app_client, officer, code, "request-payment", amount=10_000)
    paid = act(app_client, clerk, code, "pay")

    assert (asked["status"], asked["fee"], sums(asked)) == ("awaiting_payment", 0, (10_000, 10_000, 0, 0, 10_000))
    assert (paid["status"], paid["fee"], sums(paid)) == ("received", 10_000, (10_000, 10_000, 10_000, 0, 0))
    assert stored_payments(seeded_url) == [(3, 10_000, None, None)]
    assert verified(seeded_url) == []


def test_slip_and_look_up_name_what_was_paid_and_what_is_still_due(app_client: Client, clerk: str) -> None:
    code = received(app_client, clerk, fee=3000, fee_due=8000)["code"]

    def shown() -> tuple[str, dict[str, Any]]:
        slip = app_client.get(f"{DOSSIERS}/{code}/slips/receipt", token=clerk)
        look_up = app_client.get(f"/api/v1/lookup/{code}").json()
        return pdf_text(slip.content), {name: look_up[name] for name in ("fee", "fee_outstanding")}

    paper, sums_shown = shown()
    assert "Phí, lệ phí đã thu: 3.000 đồng" in paper
    assert "Phí, lệ phí còn phải nộp: 5.000 đồng" in paper
    assert sums_shown == {"fee": 3000, "fee_outstanding": 5000}

    act(app_client, clerk, code, "pay")
    paper, sums_shown = shown()
    assert "Phí, lệ phí đã thu: 8.000 đồng" in paper
    assert "còn phải nộp" not in paper
    assert sums_shown == {"fee": 8000, "fee_outstanding": 0}


def test_several_part_payments_end_the_suspension_when_the_sum_is_reached(
    app_client: Client, seeded_url: str, clerk: str, officer: str
) -> None:
    code = received(app_client, clerk)["code"]
    due = act(app_client, officer, code, "request-payment", amount=10_000)["due_date"]

    app_client.now += timedelta(days=1)
    first = act(app_client, clerk, code, "pay", amount=4000, method="cash", receipt_number="0001")
    second = act(app_client, clerk, code, "pay", amount=1, method="transfer")
    app_client.now += timedelta(days=1)
    last = act(app_client, clerk, code, "pay", method="portal", receipt_number="AA/26E 0000123")

    assert [dossier["status"] for dossier in (first, second, last)] == ["awaiting_payment"] * 2 + ["received"]
    assert [dossier["money"]["outstanding"] for dossier in (first, second, last)] == [6000, 5999, 0]
    assert first["due_date"] == second["due_date"] == due < last["due_date"]
    assert stored_payments(seeded_url) == [
        (3, 4000, "cash", "0001"),
        (4, 1, "transfer", None),
        (5, 5999, "portal", "AA/26E 0000123"),
    ]
    assert verified(seeded_url) == []


def test_a_fee_that_is_due_at_the_receipt_is_paid_at_any_time_without_a_suspension(
    app_client: Client, seeded_url: str, clerk: str, officer: str
) -> None:
    taken = received(app_client, clerk, fee=3000, fee_due=8000, fee_method="cash", fee_receipt_number="12")
    code = taken["code"]
    assert (sums(taken), "pay" in taken["allowed_actions"]) == ((8000, 0, 3000, 0, 5000), True)

    act(app_client, clerk, code, "pay", amount=1000)
    act(app_client, officer, code, "finish", outcome="granted")
    act(app_client, clerk, code, "return", received_by="Hoa", how="postal")
    last = act(app_client, clerk, code, "pay", method="gateway")

    assert (last["status"], sums(last), "pay" in last["allowed_actions"]) == ("returned", (8000, 0, 8000, 0, 0), False)
    assert stored_payments(seeded_url) == [
        (1, 3000, "cash", "12"),
        (2, 1000, None, None),
        (5, 4000, "gateway", None),
    ]
    assert verified(seeded_url) == []


def test_another_debt_does_not_keep_the_clock_stopped(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk, fee_due=8000)["code"]
    act(app_client, officer, code, "request-payment", amount=500)

    dossier = act(app_client, clerk, code, "pay")

    assert (dossier["status"], sums(dossier)) == ("received", (8500, 500, 500, 0, 8000))


def test_a_submission_says_what_is_due_and_the_receipt_may_change_it(
    app_client: Client, seeded_url: str, clerk: str
) -> None:
    code = received(app_client, clerk, submit=True, channel="online", fee=2000, fee_method="portal")["code"]
    assert refused(app_client, clerk, code, "receive", fee_due=1000)["code"] == "fee_due_below_fee"

    dossier = act(app_client, clerk, code, "receive", fee_due=9000)

    assert sums(dossier) == (9000, 0, 2000, 0, 7000)
    assert verified(seeded_url) == []


def test_lost_payments_are_named_by_the_verification_and_restored_by_a_recount(
    app_client: Client, seeded_url: str, clerk: str
) -> None:
    code = received(app_client, clerk, fee=3000, fee_due=8000)["code"]
    act(app_client, clerk, code, "pay", method="cash")
    before = stored_payments(seeded_url)

    async def lose(connection: Connection) -> None:
        await connection.run(text("DELETE FROM payments WHERE sequence = 1"))
        await connection.run(text("UPDATE payments SET amount = 1 WHERE sequence = 2"))

    differences = {(difference.entry, difference.field) for difference in verified(seeded_url, lose)}
    assert differences == {(1, "payments"), (2, "payments.amount")}

    in_database(seeded_url, recount)

    assert stored_payments(seeded_url) == before
    assert verified(seeded_url) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": 0}, "too_small"),
        ({"amount": -1}, "too_small"),
        ({"amount": 10**12 + 1}, "too_large"),
        ({"amount": 10.5}, "not_a_number"),
        ({"amount": "10"}, "not_a_number"),
        ({"method": "shell money"}, "not_a_choice"),
        ({"receipt_number": "chị Hoa nộp"}, "receipt_number_invalid"),
        ({"receipt_number": "1" * 41}, "receipt_number_invalid"),
        ({"currency": "USD"}, "unknown_member"),
    ],
)
def test_what_is_no_sum_no_method_and_no_number_is_refused_at_its_field(
    app_client: Client, clerk: str, officer: str, body: dict[str, Any], code: str
) -> None:
    dossier = received(app_client, clerk)["code"]
    act(app_client, officer, dossier, "request-payment", amount=10_000)

    error = refused(app_client, clerk, dossier, "pay", **body)["errors"][0]

    assert (error["code"], error["pointer"]) == (code, f"/{next(iter(body))}")


class TestWhatIsTooMuch:
    def test_more_than_what_is_due_cannot_be_paid(self, app_client: Client, clerk: str, officer: str) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-payment", amount=10_000)

        problem = refused(app_client, clerk, code, "pay", amount=10_001)

        assert (problem["code"], problem["outstanding"]) == ("more_than_due", 10_000)
        assert "10000 đồng are due" in problem["detail"]

    def test_nothing_can_be_paid_twice(self, app_client: Client, clerk: str, officer: str) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-payment", amount=10_000)
        act(app_client, clerk, code, "pay")

        problem = refused(app_client, clerk, code, "pay", amount=1)

        assert problem["code"] == "not_possible"
        assert "nothing is due that is not paid" in problem["detail"]

    def test_more_than_what_was_paid_cannot_be_given_back(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk, fee=5000)["code"]
        act(app_client, supervisor, code, "refund", amount=2000, reason=WHY)

        problem = refused(app_client, supervisor, code, "refund", amount=3001, reason=WHY)

        assert (problem["code"], problem["taken"]) == ("more_than_paid", 3000)

    def test_where_nothing_was_paid_nothing_is_given_back(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]

        problem = refused(app_client, supervisor, code, "refund", amount=1, reason=WHY)

        assert problem["code"] == "not_possible"
        assert "refund" not in problem["allowed_actions"]

    def test_less_cannot_be_due_than_was_taken(self, app_client: Client, clerk: str) -> None:
        answer = app_client.post(DOSSIERS, guardianship(fee=5000, fee_due=4999), token=clerk)

        assert (answer.status_code, answer.json()["code"]) == (422, "fee_due_below_fee")


class TestRefunds:
    def test_a_refund_opens_no_debt_again(
        self, app_client: Client, seeded_url: str, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk, fee=5000, fee_method="cash")["code"]

        dossier = act(
            app_client, supervisor, code, "refund", amount=2000, reason=WHY, method="cash", receipt_number="PC 7"
        )

        assert sums(dossier) == (5000, 0, 5000, 2000, 0)
        assert stored_payments(seeded_url) == [(1, 5000, "cash", None), (2, -2000, "cash", "PC 7")]
        assert verified(seeded_url) == []

    def test_money_is_given_back_after_the_applicant_has_withdrawn(
        self, app_client: Client, seeded_url: str, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk, fee=5000, fee_due=8000)["code"]
        withdrawn = act(app_client, clerk, code, "withdraw", request="xin rút")
        assert (withdrawn["money"]["outstanding"], "pay" in withdrawn["allowed_actions"]) == (0, False)

        dossier = act(app_client, supervisor, code, "refund", amount=5000, reason="đã rút hồ sơ")

        assert (dossier["status"], dossier["fee"], dossier["closed"]) == ("withdrawn", 0, True)
        assert verified(seeded_url) == []

    def test_a_clerk_alone_gives_nothing_back(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk, fee=5000)["code"]

        assert refused(app_client, clerk, code, "refund", amount=1, reason=WHY)["code"] == "action_not_yours"


class TestTakingBack:
    def test_a_voided_payment_is_taken_back_from_the_sums_and_from_the_payments(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-payment", amount=10_000)
        act(app_client, clerk, code, "pay", amount=10_000, method="cash")

        dossier = act(app_client, clerk, code, "void", sequence=3, reason=WHY)

        assert (dossier["status"], sums(dossier)) == ("awaiting_payment", (10_000, 10_000, 0, 0, 10_000))
        assert stored_payments(seeded_url) == []
        assert verified(seeded_url) == []

    def test_an_annulled_dossier_has_no_money(self, app_client: Client, seeded_url: str, clerk: str) -> None:
        code = received(app_client, clerk, fee=5000, fee_due=6000)["code"]

        dossier = act(app_client, clerk, code, "void", sequence=1, reason="nhập hai lần")

        assert (dossier["status"], sums(dossier)) == ("annulled", (0, 0, 0, 0, 0))
        assert stored_payments(seeded_url) == []
        assert verified(seeded_url) == []

    def test_a_payment_with_a_later_refund_is_voided_after_the_refund(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-payment", amount=10_000)
        act(app_client, clerk, code, "pay")
        act(app_client, supervisor, code, "refund", amount=1, reason=WHY)

        problem = refused(app_client, supervisor, code, "void", sequence=3, reason=WHY)
        assert (problem["code"], problem["entries"]) == ("later_entries", [4])

        act(app_client, supervisor, code, "void", sequence=4, reason=WHY)
        act(app_client, supervisor, code, "void", sequence=3, reason=WHY)
        dossier = act(app_client, other, code, "approve-correction", sequence=6)
        assert (dossier["status"], sums(dossier)[2:]) == ("awaiting_payment", (0, 0, 10_000))
        assert verified(seeded_url) == []

    def test_a_refund_that_other_payments_cover_leaves_a_payment_to_be_voided(
        self, app_client: Client, seeded_url: str, clerk: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk, fee=500, fee_due=900)["code"]
        act(app_client, clerk, code, "pay", amount=400)
        act(app_client, supervisor, code, "refund", amount=300, reason=WHY)

        act(app_client, supervisor, code, "void", sequence=2, reason=WHY)
        dossier = act(app_client, other, code, "approve-correction", sequence=4)

        assert sums(dossier) == (900, 0, 500, 300, 400)
        assert stored_payments(seeded_url) == [(1, 500, None, None), (3, -300, None, None)]
        assert verified(seeded_url) == []

    def test_a_request_for_money_that_was_paid_is_voided_after_the_payment(
        self, app_client: Client, clerk: str, officer: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-payment", amount=10_000)
        act(app_client, clerk, code, "pay", amount=3000)

        problem = refused(app_client, supervisor, code, "void", sequence=2, reason=WHY)

        assert (problem["code"], problem["entries"]) == ("later_entries", [3])

    @pytest.mark.parametrize("first", [2, 3], ids=["the request first", "the payment first"])
    def test_a_wrong_sum_is_corrected_in_the_request_and_in_the_payment(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str, supervisor: str, first: int
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-payment", amount=80_000)
        act(app_client, clerk, code, "pay", method="cash")
        changes = {2: {"amount": 8000}, 3: {"amount": 8000, "method": "transfer", "receipt_number": "77"}}

        for sequence in (first, 5 - first):
            corrected(app_client, supervisor, code, sequence=sequence, changes=changes[sequence])

        assert sums(read_dossier(app_client, code)) == (8000, 8000, 8000, 0, 0)
        assert stored_payments(seeded_url) == [(3, 8000, "transfer", "77")]
        assert verified(seeded_url) == []

    def test_a_request_is_corrected_below_a_payment_after_which_the_work_went_on(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-payment", amount=80_000)
        act(app_client, clerk, code, "pay")
        act(app_client, officer, code, "finish", outcome="granted")

        between = corrected(app_client, supervisor, code, sequence=2, changes={"amount": 8000})
        after = corrected(app_client, supervisor, code, sequence=3, changes={"amount": 8000})

        assert sums(between) == (8000, 8000, 80_000, 0, 0)
        assert (after["status"], sums(after)) == ("finished", (8000, 8000, 8000, 0, 0))
        assert verified(seeded_url) == []

    def test_the_fee_of_a_receipt_is_corrected_with_its_method_and_number(
        self, app_client: Client, seeded_url: str, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk, fee=5000, fee_method="cash", fee_receipt_number="1")["code"]

        changes = {"fee": 8000, "fee_method": "transfer", "fee_receipt_number": None}
        dossier = corrected(app_client, supervisor, code, sequence=1, changes=changes)

        assert sums(dossier) == (8000, 0, 8000, 0, 0)
        assert stored_payments(seeded_url) == [(1, 8000, "transfer", None)]
        assert verified(seeded_url) == []

    def test_a_correction_of_something_else_leaves_the_money(
        self, app_client: Client, seeded_url: str, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk, fee=5000, fee_due=9000)["code"]

        dossier = corrected(app_client, supervisor, code, sequence=1, changes={"channel": "postal"})

        assert sums(dossier) == (9000, 0, 5000, 0, 4000)
        assert verified(seeded_url) == []


class TestEntriesFromBefore:
    """Rows and entries as the version before wrote them, which named no sums (rule 19.10)."""

    @pytest.fixture
    def code(self, app_client: Client, seeded_url: str, clerk: str, officer: str) -> str:
        """A dossier received with a fee of 5,000 that waits for a payment, as the version before would have it."""
        code: str = received(app_client, clerk, fee=5000)["code"]
        act(app_client, officer, code, "request-payment", amount=10_000)
        differences = verified(seeded_url, without_money)
        assert {difference.field for difference in differences} <= {"hash", "journal_hash"}
        return code

    def test_the_fee_stays_and_a_payment_without_an_amount_changes_no_sum(
        self, app_client: Client, clerk: str, code: str
    ) -> None:
        dossier = act(app_client, clerk, code, "pay")

        assert (dossier["status"], sums(dossier)) == ("received", (5000, 0, 5000, 0, 0))

    def test_a_payment_with_an_amount_meets_the_request(
        self, app_client: Client, seeded_url: str, clerk: str, code: str
    ) -> None:
        dossier = act(app_client, clerk, code, "pay", amount=10_000)

        assert (dossier["status"], sums(dossier)) == ("received", (15_000, 0, 15_000, 0, 0))
        assert stored_payments(seeded_url) == [(3, 10_000, None, None)]

    def test_the_fee_can_be_given_back_and_the_refund_corrected(
        self, app_client: Client, clerk: str, supervisor: str, code: str
    ) -> None:
        act(app_client, clerk, code, "pay")
        refund = act(app_client, supervisor, code, "refund", amount=5000, reason=WHY)
        assert refund["fee"] == 0
        assert refused(app_client, supervisor, code, "refund", amount=1, reason=WHY)["code"] == "not_possible"

        less = corrected(app_client, supervisor, code, sequence=4, changes={"amount": 4000})
        assert sums(less) == (5000, 0, 5000, 4000, 0)
        earlier = corrected(app_client, supervisor, code, sequence=1, changes={"at": "2021-08-16T08:00:00+07:00"})
        assert earlier["fee"] == 1000

    def test_the_fee_in_the_row_is_corrected_into_the_journal(
        self, app_client: Client, seeded_url: str, clerk: str, supervisor: str, code: str
    ) -> None:
        act(app_client, clerk, code, "pay")

        dossier = corrected(app_client, supervisor, code, sequence=1, changes={"fee_due": 6000})

        assert sums(dossier) == (6000, 0, 5000, 0, 1000)
        assert stored_payments(seeded_url) == [(1, 5000, None, None)]


async def without_money(connection: Connection) -> None:
    """Takes the sums out of all entries and rows, as if the version before had written them."""
    await connection.run(text("DELETE FROM payments"))
    await connection.run(text("UPDATE dossiers SET money = NULL"))
    for row in await connection.all(select(entries.c.dossier_id, entries.c.sequence, entries.c.data)):
        data = {name: value for name, value in row.data.items() if name not in ("fee", "asked")}
        same = (entries.c.dossier_id == row.dossier_id) & (entries.c.sequence == row.sequence)
        await connection.run(update(entries).where(same).values(data=data))
