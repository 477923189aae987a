"""Endpoints of the single sign-on: its state for administrators, and the provider's back-channel logout."""

from fastapi import APIRouter, Request, Response

from app.access.dependencies import AnyAdministrator, Now
from app.http.errors import Unauthenticated, Unparsable
from app.http.etags import conditional_json
from app.http.rate_limits import address_of
from app.identity.sso.dependencies import SignOnServices
from app.identity.sso.health import Health
from app.identity.sso.key_set import IssuerKeys
from app.identity.sso.logout import end_sessions
from app.identity.sso.provider import BACK_CHANNEL, CALLBACK, SIGNED_OUT, own_address
from app.identity.sso.schemas import SignOnFailureOut, SignOnKeysOut, SignOnOut
from app.settings import Settings

router = APIRouter()

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20


@router.get(
    "/api/v1/sign-on", response_model=SignOnOut, summary="Read the state of the single sign-on", tags=["people"]
)
async def get_sign_on(request: Request, caller: AnyAdministrator, now: Now) -> Response:  # noqa: ARG001 - the right
    """The configuration without its secret, and how the answering process reached the provider last.

    The keys are fetched with this request, at most once in ten seconds.
    """
    services = SignOnServices.of(request.app)
    keys = services.sign_on.keys
    if keys is not None:
        await keys.refresh(now)
    shown = _state(services.settings, keys, services.sign_on.health)
    response = conditional_json(request, shown, 0, private=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _state(settings: Settings, keys: IssuerKeys | None, health: Health) -> SignOnOut:
    people = bool(settings.sso_client_id)

    def registered(path: str) -> str | None:
        return own_address(settings, path) if people else None

    failure = health.failure
    assert failure is None or health.failed_at is not None
    return SignOnOut(
        programs=bool(settings.sso_audience),
        people=people,
        issuer=settings.sso_issuer or None,
        client_id=settings.sso_client_id or None,
        redirect_uri=registered(CALLBACK),
        back_channel_logout_uri=registered(BACK_CHANNEL),
        post_logout_redirect_uri=registered(SIGNED_OUT),
        ends_at_provider=bool(settings.sso_end_session_url),
        unknown_people=settings.sso_unknown,
        keys=_keys_out(keys) if keys else None,
        succeeded_at=health.succeeded_at,
        last_failure=SignOnFailureOut(at=health.failed_at, code=failure.code, detail=failure.detail)
        if failure and health.failed_at
        else None,
    )


def _keys_out(keys: IssuerKeys) -> SignOnKeysOut:
    state = keys.state
    return SignOnKeysOut(count=state.keys, fetched_at=state.fetched_at, tried_at=state.tried_at, failure=state.failure)


@router.post(BACK_CHANNEL, include_in_schema=False)
async def end_provider_session(request: Request) -> Response:
    """Ends the sessions that a logout token of the provider names, in every process.

    200 without content, also for a token that came before; 400 `logout_token_invalid` for any other token, and 503
    while its key cannot be fetched.
    """
    services = SignOnServices.of(request.app)
    now = services.now()
    token = await _logout_token(request)
    try:
        logout = await services.sign_on.logout_of(token, now)
    except Unauthenticated as refusal:
        services.limits.failures.take(address_of(request.scope))
        raise Unparsable("logout_token_invalid", refusal.detail) from None
    async with services.database.writing() as connection:
        return await end_sessions(connection, logout, now)


async def _logout_token(request: Request) -> str:
    """The field of the form; raises Unparsable without it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
        token = (await request.form(max_files=0, max_fields=_MOST_FIELDS)).get("logout_token")
        if isinstance(token, str) and token.isascii():
            return token
    raise Unparsable("logout_token_invalid", f"Send a form ({_FORM}) with the field `logout_token`.")
