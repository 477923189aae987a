"""Routes of the sign-in and the sign-out, of links, and of the own account."""

from fastapi import APIRouter, Request, Response

from app.lookup.texts import Words
from app.web.public.languages import language_for
from app.web.public.rendering import redirect
from app.web.sign_in import account, links
from app.web.sign_in.provider import leave
from app.web.staff.forms import form_of
from app.web.staff.session import START, own_address
from app.web.staff.sign_in import SignedIn, answer
from app.web.staff.sign_in_page import sign_in_page

router = APIRouter(include_in_schema=False)
for part in (links, account):
    router.include_router(part.router)


@router.get("/sign-in")
async def sign_in_form(request: Request) -> Response:
    """The form for account and password; `to` in the address is the page after it."""
    return sign_in_page(request, to=own_address(request.query_params.get("to", START)))


@router.post("/sign-in")
async def begin_session(request: Request) -> Response:
    """Begins a session, and redirects to the requested page; or asks for the second factor."""
    form = await form_of(request)
    to = own_address(form.get("to", ""))
    outcome = await answer(request, form)
    if not isinstance(outcome, SignedIn):
        return sign_in_page(request, outcome, to=to)
    response = redirect(request, to)
    outcome.store(request, response)
    return response


@router.get("/sign-in/password-set")
async def password_set(request: Request) -> Response:
    """The sign-in form after a password was set by a link."""
    notice = Words("Đã đặt mật khẩu. Vui lòng đăng nhập.", "The password is set. Please sign in.")
    return sign_in_page(request, to=START, notice=notice.say(language_for(request)))


@router.post("/sign-out")
async def end_session(request: Request) -> Response:
    """Ends the session, and removes it from the browser."""
    await form_of(request)
    return await leave(request)
