"""The HTTP face of webhooks, for supervisors and administrators: subscribe, list, end, replay."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.access.dependencies import store_response
from app.catalogue.parameters import PageQuery
from app.domain.actions import Action
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.notifications.outbox.admin import Looking, Overseer, Oversight, changing_as
from app.notifications.webhooks import queries, service
from app.notifications.webhooks.dependencies import WebhookServices
from app.notifications.webhooks.queries import Webhook
from app.notifications.webhooks.schemas import ReplayIn, SubscribedOut, WebhookIn, WebhookOut

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

WebhookId = Annotated[int, Path(ge=1, lt=2**31, description="the webhook's id", examples=[3])]


def _out(at: Oversight, webhook: Webhook) -> WebhookOut:
    return WebhookOut(
        id=webhook.id,
        url=webhook.url,
        unit=at.unit_out(webhook.unit_id),
        types=[Action(kind.removeprefix("dossier.")) for kind in webhook.types],
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
async def list_webhooks(request: Request, at: Looking, query: Annotated[PageQuery, Query()]) -> Response:
    """Those of the units in the token's subtree, by id; without their secrets."""
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    found = await queries.list_webhooks(at.connection, at.units, after or 0, query.limit + 1)
    more, found = len(found) > query.limit, found[: query.limit]
    cursor = encode_cursor((found[-1].id,)) if more else None
    return _answer(request, Page[WebhookOut](items=[_out(at, item) for item in found], next_cursor=cursor))


@router.post("", status_code=201, response_model=SubscribedOut, summary="Subscribe a webhook")
async def subscribe_webhook(request: Request, body: WebhookIn, caller: Overseer) -> Response:
    """From now on it is told what happens to dossiers of the unit's subtree: each journal entry once it is recorded.

    Signed as Standard Webhooks has it, with the secret that is in this answer and nowhere else; in order for each
    dossier, and at least once each. A retry under an `Idempotency-Key` is answered without the secret.
    """
    async with changing_as(request, caller) as at:
        made = await service.subscribe(at, body, WebhookServices.of(request.app).webhook_networks)
        shown = _out(at, made.webhook).model_dump()
        location = f"/api/v1/webhooks/{made.webhook.id}"
        await store_response(
            request, at.connection, _answer(request, SubscribedOut(**shown, secret=None), location=location)
        )
        return _answer(request, SubscribedOut(**shown, secret=made.secret), location=location)


@router.get("/{webhook_id}", response_model=WebhookOut, summary="Read a webhook")
async def get_webhook(request: Request, at: Looking, webhook_id: WebhookId) -> Response:
    """One webhook, without its secret; `replaying` says whether it is being told anew."""
    webhook = await service.shown(at, webhook_id)
    return _answer(request, _out(at, webhook), webhook.version)


@router.delete("/{webhook_id}", response_model=WebhookOut, summary="End a webhook")
async def end_webhook(request: Request, caller: Overseer, webhook_id: WebhookId) -> Response:
    """It is told nothing any more, also nothing that has happened before and was not sent yet."""
    async with changing_as(request, caller) as at:
        ended = await service.end(at, webhook_id)
        return await store_response(request, at.connection, _answer(request, _out(at, ended), ended.version))


@router.post("/{webhook_id}/replay", response_model=WebhookOut, summary="Tell a webhook anew")
async def replay_webhook(request: Request, body: ReplayIn, caller: Overseer, webhook_id: WebhookId) -> Response:
    """Goes through the journal from there on and tells it all that concerns it, then goes on as before.

    Each entry comes under the same `webhook-id` as the first time. What happens meanwhile comes after it.
    """
    async with changing_as(request, caller) as at:
        told = await service.replay(at, webhook_id, body.start, partial(require_version, request))
        return await store_response(request, at.connection, _answer(request, _out(at, told), told.version))
