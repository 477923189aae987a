"""Takes a rating: once, after the return, by the key on the receipt (contract, Citizens)."""

from fastapi import Request, Response

from app.access.client_names import rating_client
from app.access.dependencies import changing, store_response
from app.database import Connection
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.typed_codes import code_in
from app.dossiers.dependencies import DossierServices
from app.dossiers.rating_keys import typed_key
from app.http.lookup_limits import lookup_rate, wrong_keys_counted
from app.lookup.queries import unknown_dossier
from app.statistics.ratings import queries
from app.statistics.ratings.schemas import RatingIn, RatingReceiptOut


async def rate(request: Request, typed: str, given: RatingIn, language: str) -> Response:
    """Stores the rating of the dossier with the typed code; the answer confirms it without the comment.

    Raises Invalid `rating_key_mistyped`. NotFound `unknown_dossier` and `rating_key_wrong` reveal nothing of the
    dossier and count as wrong keys. Then come Conflict `not_returned` and `rated_already`, NotAllowed `purged`, and the
    refusals of `changing`.
    """
    await lookup_rate(request)
    key, services = typed_key(given.key), DossierServices.of(request.app)
    await services.rating_keys.ready(services.database)
    with wrong_keys_counted(request):
        code, dossier_id = await _entitled(services, typed, key, language)
    # There is no token. With the right key, a repeated `Idempotency-Key` comes from the same person.
    async with changing(request, client=rating_client(code)) as connection:
        at = services.now()
        await _require_open(connection, dossier_id)
        await queries.write(connection, dossier_id, at, given.score, given.comment)
        content = RatingReceiptOut(code=code, score=given.score, rated_at=at).model_dump_json()
        headers = {"Cache-Control": "no-store"}
        return await store_response(
            request, connection, Response(content, media_type="application/json", headers=headers)
        )


async def _entitled(services: DossierServices, typed: str, key: str, language: str) -> tuple[str, int]:
    """The code and the id of the dossier, if the key is that of its receipt."""
    try:
        code = code_in(typed)
    except Invalid:
        raise unknown_dossier(language) from None
    async with services.database.reading() as connection:
        dossier_id = await queries.find(connection, code)
    if dossier_id is None:
        raise unknown_dossier(language)
    if not services.rating_keys.fits(code, key):
        raise NotFound("rating_key_wrong", "This is not the key on the receipt of this dossier.")
    return code, dossier_id


async def _require_open(connection: Connection, dossier_id: int) -> None:
    standing = await queries.standing(connection, dossier_id)
    if standing.rated:
        raise Conflict("rated_already", "This dossier was rated already; a second rating is not possible.")
    if standing.returned_at is None:
        raise Conflict("not_returned", "It can be rated once its result was handed over.")
    if standing.purged:
        # A comment may hold personal data, and no later purge would remove it.
        raise NotAllowed("purged", "It was closed too long ago to be rated.", allowed_actions=[])
