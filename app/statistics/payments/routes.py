"""Route of the payments of a day, for the counters that took the money (rules §19)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.callers import Caller
from app.access.dependencies import AnyCaller, Now, Reading
from app.access.shown_people import people_shown
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CurrentReference
from app.database import Row
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.dossiers.presenting import unit_out
from app.http.errors import Forbidden
from app.http.etags import conditional_json
from app.statistics.payments.queries import PaymentFilter, page_of, totals
from app.statistics.payments.schemas import NOT_STATED, PaymentOut, PaymentPage, PaymentsIn, PaymentTotalOut
from app.statistics.scoped_units import scoped_units

router = APIRouter(prefix="/api/v1", tags=["dossiers"])


@router.get("/payments", response_model=PaymentPage, summary="What was paid and refunded on a day")
async def list_payments(
    request: Request,
    query: Annotated[PaymentsIn, Query()],
    caller: AnyCaller,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
) -> Response:
    """For clerks and supervisors: the payments and refunds of a day at the counters of their subtree.

    A payment belongs to the counter of its dossier at that time. Fees at receipts are payments too. Voided and
    corrected entries count as they are now. Receipts of before version 0.3.0 did not record their fee as a payment.
    """
    _require_counter(caller)
    day = query.day or local_date(now)
    units = scoped_units(reference, caller, query.unit, query.unit_id, day, now)
    filters = PaymentFilter(day, units, [None if method == NOT_STATED else method for method in query.method])
    rows, next_cursor = await page_of(connection, filters, query.limit, query.cursor)
    people_shown(row.dossier_id for row in rows)
    page = PaymentPage(
        items=[_payment_out(reference, row) for row in rows],
        next_cursor=next_cursor,
        totals=[_total_out(reference, row) for row in await totals(connection, filters)],
    )
    return conditional_json(request, page, 0, private=True)


def _require_counter(caller: Caller) -> None:
    if caller.role not in (Role.CLERK, Role.SUPERVISOR):
        raise Forbidden("role_may_not", "The payments of a day are for clerks and supervisors.")


def _payment_out(reference: Reference, row: Row) -> PaymentOut:
    return PaymentOut(
        code=row.code,
        sequence=row.sequence,
        unit=unit_out(reference, row.unit_id),
        at=row.at,
        amount=row.amount,
        method=row.method,
        receipt_number=row.receipt_number,
    )


def _total_out(reference: Reference, row: Row) -> PaymentTotalOut:
    paid, refunded = int(row.paid), int(row.refunded)
    return PaymentTotalOut(
        unit=unit_out(reference, row.unit_id),
        method=row.method,
        paid=paid,
        refunded=refunded,
        sum=paid - refunded,
        payments=row.number,
    )
