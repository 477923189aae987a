"""Decides what is due, asked, paid and refunded (rules §19)."""

from typing import Any

from app.domain.actions import ActionRequest
from app.domain.errors import Invalid
from app.domain.money import NO_MONEY, meets_request
from app.domain.state import DossierState, Status
from app.domain.terms import Law
from app.domain.waits import begin_wait, end_wait


def require_fee_due(state: DossierState | None, request: ActionRequest) -> None:
    """Raises Invalid if less is due at a receipt than was taken (rules §19)."""
    due = request.inputs.get("fee_due")
    taken = (state.money if state else NO_MONEY).paid + request.inputs.get("fee", 0)
    if due is not None and due < taken:
        detail = f"What is due cannot be less than the fee that was taken, {taken} đồng."
        raise Invalid("fee_due_below_fee", detail, pointer="/fee_due")


def request_payment(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """Effects of a request for money: a suspension, and the sum that ends it (rules §5, §19)."""
    amount = request.inputs.get("amount")
    return {**begin_wait(state, request, law), **({} if amount is None else {"asked": amount})}


def pay(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """Effects of a payment: its amount if none is given, and the end of the suspension once all is paid (rules §19).

    Raises Invalid `more_than_due`.
    """
    money, waits = state.money, state.status is Status.AWAITING_PAYMENT
    given = request.inputs.get("amount")
    amount = given
    if given is None and not request.recorded_before:
        amount = money.rest if waits else money.outstanding
    is_sum_known = not waits or money.rest is not None
    # A payment that was recorded stays as it is, also if a correction lowers what is due.
    if given is not None and is_sum_known and given > money.outstanding and not request.recorded_before:
        detail = f"{money.outstanding} đồng are due and not paid, so {given} đồng cannot be paid."
        raise Invalid("more_than_due", detail, pointer="/amount", outstanding=money.outstanding)
    effects: dict[str, Any] = {} if amount is None else {"amount": amount}
    return {**effects, **end_wait(state, request, law)} if waits and meets_request(money, amount) else effects


def refund(state: DossierState, request: ActionRequest, _law: Law | None) -> dict[str, Any]:
    """No effects beyond the inputs. Raises Invalid `more_than_paid` (rules §19)."""
    taken, amount = state.money.taken, request.inputs["amount"]
    if amount > taken:
        detail = f"{taken} đồng were paid and not refunded, so {amount} đồng cannot be refunded."
        raise Invalid("more_than_paid", detail, pointer="/amount", taken=taken)
    return {}
