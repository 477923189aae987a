"""The HTTP face of the outbox, for supervisors and administrators: what is in it, and dead messages sent anew."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.dependencies import store_response
from app.database import Row
from app.domain.errors import Conflict
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.notifications.delivery import queries
from app.notifications.delivery.schemas import MessageOut, OutboxQuery, ResendIn
from app.notifications.outbox.admin import Looking, Overseer, Oversight, changing_as

router = APIRouter(prefix="/api/v1/outbox", tags=["webhooks"])

MessageId = Annotated[int, Path(ge=1, lt=2**63, description="the message's id", examples=[41])]


def _out(at: Oversight, row: Row) -> MessageOut:
    return MessageOut(
        id=row.id,
        channel=row.channel,
        kind=row.kind,
        recipient=row.recipient,
        dossier=row.code,
        sequence=row.sequence,
        unit=at.unit_out(row.unit_id),
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
        ended_at=row.ended_at,
        last_error=row.last_error,
    )


@router.get("", response_model=Page[MessageOut], summary="List messages of the outbox")
async def list_messages(request: Request, at: Looking, query: Annotated[OutboxQuery, Query()]) -> Response:
    """What was told outside, or is to be, the newest first; `state=dead` lists what nobody has accepted."""
    (before,) = decode_cursor(query.cursor, int) if query.cursor else (None,)
    found = await queries.list_messages(at.connection, query.state, at.units, before, query.limit + 1)
    more, found = len(found) > query.limit, found[: query.limit]
    cursor = encode_cursor((found[-1].id,)) if more else None
    page = Page[MessageOut](items=[_out(at, row) for row in found], next_cursor=cursor)
    return conditional_json(request, page, 0, private=True)


@router.post("/{message_id}/resend", response_model=MessageOut, summary="Send a dead message anew")
async def resend_message(request: Request, body: ResendIn, caller: Overseer, message_id: MessageId) -> Response:
    """It is due at once, or `at` an instant, and tried as often as a new one.

    Its id stays, so that a receiver knows it again. Its version is the number of attempts.
    """
    async with changing_as(request, caller) as at:
        found = await queries.find_message(at.connection, message_id)
        at.require(found.unit_id)
        require_version(request, found.attempts)
        if not await queries.send_again(at.connection, message_id, body.at or at.now):
            raise Conflict("message_not_dead", f"The message {message_id} is {found.state}: only dead ones are resent.")
        shown = _out(at, await queries.find_message(at.connection, message_id))
        return await store_response(
            request, at.connection, conditional_json(request, shown, shown.attempts, private=True)
        )
