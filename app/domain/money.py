"""Sums of money of a dossier in whole đồng, and its single payments and refunds (rules §19)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.actions import Action, Entry

# The fields of a receipt about money.
FEE_FIELDS = ("fee", "fee_due", "fee_method", "fee_receipt_number")
# One amount has at most this many đồng.
LARGEST_SUM = 10**12


class PaymentMethod(StrEnum):
    """The way in which money was paid or given back (rules §19)."""

    CASH = "cash"
    TRANSFER = "transfer"
    PORTAL = "portal"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Money:
    """The sums of a dossier in đồng; all but `unrecorded` follow from its journal (rules §19).

    `rest`: the open part of the request that the dossier waits for; None without a request, or with one from before
    requests named their sum. `unrecorded`: the fee of a receipt from before receipts named it in the journal.
    """

    due: int = 0
    asked: int = 0
    paid: int = 0
    refunded: int = 0
    rest: int | None = None
    unrecorded: int = 0

    @property
    def taken(self) -> int:
        """What was paid and not given back."""
        return self.unrecorded + self.paid - self.refunded

    @property
    def outstanding(self) -> int:
        """What is due and not paid. A refund does not open it again."""
        return max(0, self.due - self.paid)


NO_MONEY = Money()


def received(money: Money, data: Mapping[str, Any]) -> Money:
    """The sums after a submission or a receipt: the fee that was taken, and what is due (rules §19)."""
    fee = data.get("fee", 0)
    due = data.get("fee_due", max(money.due, money.paid + fee))
    return money if not fee and due == money.due else replace(money, due=due, paid=money.paid + fee)


def asked(money: Money, data: Mapping[str, Any]) -> Money:
    """The sums after a request for money; a request from before it named its sum changes none."""
    amount = data.get("asked")
    if amount is None:
        return money
    return replace(money, due=money.due + amount, asked=money.asked + amount, rest=amount)


def paid(money: Money, data: Mapping[str, Any], *, waits: bool) -> Money:
    """The sums after a payment. A request without a sum is met by any, and this sum was due."""
    amount = data.get("amount")
    if amount is None:
        return money
    if waits and money.rest is None:
        return replace(money, due=money.due + amount, paid=money.paid + amount)
    rest = max(0, money.rest - amount) or None if waits and money.rest is not None else money.rest
    return replace(money, paid=money.paid + amount, rest=rest)


def meets_request(money: Money, amount: int | None) -> bool:
    """True if the dossier waits no longer for money after this payment (rules §19)."""
    return amount is None or money.rest is None or amount >= money.rest


def refunded(money: Money, data: Mapping[str, Any]) -> Money:
    """The sums after a refund."""
    return replace(money, refunded=money.refunded + data["amount"])


def sums_of(money: Money) -> dict[str, int] | None:
    """The sums that the journal gives, without zeros; None without any."""
    names = ("due", "asked", "paid", "refunded", "rest")
    return {name: value for name in names if (value := getattr(money, name))} or None


def money_of(sums: Mapping[str, int] | None, fee: int) -> Money:
    """The money of a dossier with these sums, and with this fee taken in all."""
    if not sums:
        return Money(unrecorded=fee) if fee else NO_MONEY
    money = Money(**sums)
    return replace(money, unrecorded=fee - money.taken) if fee != money.taken else money


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment, or a refund with a negative amount, at a counter (rules §19)."""

    sequence: int
    unit: int
    at: datetime
    amount: int
    method: str | None
    receipt_number: str | None


def payments(history: Iterable[tuple[Entry, Any]]) -> list[Payment]:
    """The payments and refunds of a corrected journal, with the state after each entry."""
    each = (payment_of(entry, state.counter_unit) for entry, state in history)
    return [payment for payment in each if payment is not None]


def payment_of(entry: Entry, counter: int) -> Payment | None:
    """The payment or refund of an entry; None if no money passed the counter."""
    data = entry.data
    match entry.type:
        case Action.SUBMIT | Action.RECEIVE:
            amount, prefix = data.get("fee", 0), "fee_"
        case Action.PAY:
            amount, prefix = data.get("amount", 0), ""
        case Action.REFUND:
            amount, prefix = -data["amount"], ""
        case _:
            return None
    if not amount:
        return None
    method, number = data.get(f"{prefix}method"), data.get(f"{prefix}receipt_number")
    return Payment(entry.sequence, counter, entry.occurred_at, amount, method, number)
