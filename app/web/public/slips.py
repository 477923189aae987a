"""Opens the whole page of a dossier to the holder of its slip, and remembers it in a cookie (rules §20)."""

import re
from urllib.parse import quote

from fastapi import Request, Response

from app.dossiers.dependencies import DossierServices
from app.dossiers.rating_keys import RatingKeys, typed_key
from app.http.lookup_limits import MissesCounted
from app.lookup import queries
from app.lookup.slip_proofs import SlipProof, require_digits, require_key, typed_digits
from app.web.public.languages import language_for
from app.web.public.parameters import form_fields
from app.web.public.rendering import redirect

COOKIE = "slip"
_AN_HOUR = 3600
_MOST_FIELDS = 10
# The key in the address that the QR code of a slip has.
_KEY_IN_ADDRESS = re.compile(r"[?&]key=([0-9A-Za-z-]{1,30})")
_SIGNS_OF_KEY = 16


def address_with_key(code: str, key: str) -> str:
    """The path that the QR code of a slip opens. Its page takes the key out of the address at once."""
    return f"/d/{quote(code)}?key={quote(key)}"


def key_in(text: str) -> str | None:
    """The key in a scanned or pasted address of a slip; None without one."""
    match = _KEY_IN_ADDRESS.search(text)
    return match[1] if match else None


async def open_by_key(request: Request, code: str, key: str) -> Response:
    """Redirects to the page of the dossier without the key in its address, and sets the cookie.

    Raises Invalid `rating_key_mistyped`, NotFound `rating_key_wrong`.
    """
    proof = SlipProof(key=typed_key(key))
    keys = await _loaded(request)
    with MissesCounted(request):
        require_key(keys, code, proof)
    return _opened(request, code, keys)


async def open_by_form(request: Request, typed: str) -> Response:
    """As `open_by_key`, for a typed key or typed last digits. Raises NotFound `last_digits_wrong` too."""
    text = (await form_fields(request, _MOST_FIELDS)).get("proof", "")
    proof, keys = _typed(text), await _loaded(request)
    async with DossierServices.of(request.app).database.reading() as connection:
        with MissesCounted(request):
            dossier = (await queries.find_bare(connection, typed, language_for(request))).row
            require_key(keys, dossier.code, proof)
        await require_digits(request, connection, dossier.id, proof)
    return _opened(request, dossier.code, keys)


async def may_be_opened(request: Request) -> bool:
    """True if the browser has a mark, which `is_opened` then compares; loads the secret for that."""
    if not request.cookies.get(COOKIE):
        return False
    await _loaded(request)
    return True


def is_opened(request: Request, code: str) -> bool:
    """True if the mark in the cookie says that this browser has proved the slip of the dossier."""
    return DossierServices.of(request.app).rating_keys.fits_mark(code, request.cookies[COOKIE])


def _typed(text: str) -> SlipProof:
    if sum(map(str.isalnum, text)) == _SIGNS_OF_KEY:
        return SlipProof(key=typed_key(text))
    return SlipProof(digits=typed_digits(text))


async def _loaded(request: Request) -> RatingKeys:
    services = DossierServices.of(request.app)
    await services.rating_keys.load(services.database)
    return services.rating_keys


def _opened(request: Request, code: str, keys: RatingKeys) -> Response:
    answer = redirect(request, f"/d/{quote(code)}")
    # The mark, not the key: a cookie must not rate. A scan comes from another application, so not SameSite=Strict.
    answer.set_cookie(
        COOKIE,
        keys.mark(code),
        max_age=_AN_HOUR,
        path=f"/d/{quote(code)}",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer
