"""HTTP endpoints of webhooks, for supervisors and administrators: subscribe, list, end, replay."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.access.dependencies import store_response
from app.catalogue.parameters import PageQuery
from app.domain.actions import Action
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.notifications.outbox.admin import Admin, AdminContext, AdminReading, admin_writing
from app.notifications.webhooks import queries, service
from app.notifications.webhooks.dependencies import WebhookServices
from app.notifications.webhooks.payload import SEAL
from app.notifications.webhooks.queries import Webhook
from app.notifications.webhooks.schemas import ReplayIn, SubscribedOut, WebhookIn, WebhookOut

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

WebhookId = Annotated[int, Path(ge=1, lt=2**31, description="the webhook's id", examples=[3])]


def _out(at: AdminContext, webhook: Webhook) -> WebhookOut:
    return WebhookOut(
        id=webhook.id,
        url=webhook.url,
        unit=at.unit_out(webhook.unit_id),
        types=[SEAL if kind == SEAL else Action(kind.removeprefix("dossier.")) for kind in webhook.types],
        client=webhook.client,
        created_at=webhook.created_at,
        ended_at=webhook.ended_at,
        replaying=webhook.replayed_to is not None,
    )


def _answer(request: Request, content: BaseModel, version: int = 1, location: str | None = None) -> Response:
    headers = {"Location": location} if location else None
    status = 201 if location else 200
    response = conditional_json(request, content, version, private=True, status=status, headers=headers)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("", response_model=Page[WebhookOut], summary="List webhooks")
async def list_webhooks(request: Request, at: AdminReading, query: Annotated[PageQuery, Query()]) -> Response:
    """The webhooks of units in the token's subtree, by id and without their secrets."""
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    webhooks = await queries.list_webhooks(at.connection, at.units, after or 0, query.limit + 1)
    more, webhooks = len(webhooks) > query.limit, webhooks[: query.limit]
    cursor = encode_cursor((webhooks[-1].id,)) if more else None
    return _answer(request, Page[WebhookOut](items=[_out(at, webhook) for webhook in webhooks], next_cursor=cursor))


@router.post("", status_code=201, response_model=SubscribedOut, summary="Subscribe a webhook")
async def subscribe_webhook(request: Request, body: WebhookIn, caller: Admin) -> Response:
    """From now on the webhook gets each new journal entry of dossiers in the unit's subtree.

    Messages are signed according to Standard Webhooks, with the secret that is in this response only. Each entry is
    sent at least once, and the entries of a dossier in order. A retry with the same `Idempotency-Key` is answered
    without the secret.
    """
    async with admin_writing(request, caller) as at:
        subscription = await service.subscribe(at, body, WebhookServices.of(request.app).webhook_networks)
        shown = _out(at, subscription.webhook).model_dump()
        location = f"/api/v1/webhooks/{subscription.webhook.id}"
        await store_response(
            request, at.connection, _answer(request, SubscribedOut(**shown, secret=None), location=location)
        )
        return _answer(request, SubscribedOut(**shown, secret=subscription.secret), location=location)


@router.get("/{webhook_id}", response_model=WebhookOut, summary="Read a webhook")
async def get_webhook(request: Request, at: AdminReading, webhook_id: WebhookId) -> Response:
    """One webhook without its secret; `replaying` is true during a replay."""
    webhook = await service.shown(at, webhook_id)
    return _answer(request, _out(at, webhook), webhook.version)


@router.delete("/{webhook_id}", response_model=WebhookOut, summary="End a webhook")
async def end_webhook(request: Request, caller: Admin, webhook_id: WebhookId) -> Response:
    """Ends the webhook. Its unsent messages are deleted."""
    async with admin_writing(request, caller) as at:
        ended = await service.end(at, webhook_id, partial(require_version, request))
        return await store_response(request, at.connection, _answer(request, _out(at, ended), ended.version))


@router.post("/{webhook_id}/replay", response_model=WebhookOut, summary="Replay the journal to a webhook")
async def replay_webhook(request: Request, body: ReplayIn, caller: Admin, webhook_id: WebhookId) -> Response:
    """Sends all matching journal entries from the given point on again, then continues with new ones.

    Each entry has the same `webhook-id` as before. Entries recorded during the replay follow it.
    """
    async with admin_writing(request, caller) as at:
        webhook = await service.replay(at, webhook_id, body.start, partial(require_version, request))
        return await store_response(request, at.connection, _answer(request, _out(at, webhook), webhook.version))
