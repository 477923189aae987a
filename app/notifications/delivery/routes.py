"""HTTP endpoints of the outbox, for supervisors and administrators: list messages, resend dead ones."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.dependencies import store_response
from app.domain.errors import Conflict
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.notifications.delivery import queries
from app.notifications.delivery.queries import StoredMessage
from app.notifications.delivery.schemas import MessageOut, OutboxQuery, ResendIn
from app.notifications.outbox.admin import Admin, AdminContext, AdminReading, admin_writing

router = APIRouter(prefix="/api/v1/outbox", tags=["webhooks"])

MessageId = Annotated[int, Path(ge=1, lt=2**63, description="the message's id", examples=[41])]


def _out(at: AdminContext, message: StoredMessage) -> MessageOut:
    return MessageOut(
        id=message.id,
        channel=message.channel,
        kind=message.kind,
        recipient=message.recipient,
        dossier=message.code,
        sequence=message.sequence,
        unit=at.unit_out(message.unit_id),
        state=message.state,
        attempts=message.attempts,
        created_at=message.created_at,
        next_at=message.next_at,
        ended_at=message.ended_at,
        last_error=message.last_error,
    )


@router.get("", response_model=Page[MessageOut], summary="List messages of the outbox")
async def list_messages(request: Request, at: AdminReading, query: Annotated[OutboxQuery, Query()]) -> Response:
    """Sent and pending messages, the newest first; `state=dead` lists messages that no receiver accepted."""
    (before,) = decode_cursor(query.cursor, int) if query.cursor else (None,)
    messages = await queries.list_messages(at.connection, query.state, at.units, before, query.limit + 1)
    more, messages = len(messages) > query.limit, messages[: query.limit]
    cursor = encode_cursor((messages[-1].id,)) if more else None
    page = Page[MessageOut](items=[_out(at, message) for message in messages], next_cursor=cursor)
    return conditional_json(request, page, 0, private=True)


@router.post("/{message_id}/resend", response_model=MessageOut, summary="Resend a dead message")
async def resend_message(request: Request, body: ResendIn, caller: Admin, message_id: MessageId) -> Response:
    """Makes it due at once, or at the instant `at`, with as many attempts as a new message.

    Its id stays the same, so that the receiver recognises it. Its version is the number of attempts.
    """
    async with admin_writing(request, caller) as at:
        message = await queries.find_message(at.connection, message_id)
        at.require(message.unit_id)
        require_version(request, message.attempts)
        if not await queries.send_again(at.connection, message_id, body.at or at.now):
            raise Conflict(
                "message_not_dead", f"The message {message_id} is {message.state}: only dead ones are resent."
            )
        shown = _out(at, await queries.find_message(at.connection, message_id))
        return await store_response(
            request, at.connection, conditional_json(request, shown, shown.attempts, private=True)
        )
