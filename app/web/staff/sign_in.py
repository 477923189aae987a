"""Signs in by the fields of a form: account and password, then the code of the second factor, or a pasted token."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from fastapi import Request, Response

from app.access.person_sessions import Method
from app.domain.errors import DomainError, Unavailable
from app.encryption.errors import KeysUnusable
from app.http.rate_limits import address_of
from app.identity.local_accounts.attempts import Attempt
from app.identity.local_accounts.credentials import Credentials
from app.identity.local_accounts.dependencies import AccountServices
from app.identity.local_accounts.second_factor import new_secret
from app.identity.local_accounts.service import Refused, check_code, check_password, enrol
from app.lookup.texts import Words
from app.web.public.languages import language_for
from app.web.staff.api_client import ApiClient, Refusal
from app.web.staff.browsers import known_device, remember_device
from app.web.staff.cookies import decrypted, encrypted
from app.web.staff.forms import ACCOUNT, APP, CODE, PASSWORD, PROOF, TOKEN, Form
from app.web.staff.session import BrowserSession, begin_session_of_person, begin_token_session, store_session

_PURPOSE = "staff/proof"
# Time for the code of the second factor, and to set up an app.
_LIFETIME = timedelta(minutes=10)

WRONG_PASSWORD = Words("Tên tài khoản hoặc mật khẩu không đúng.", "The account or the password is wrong.")
WRONG_CODE = Words(
    "Mã xác thực không đúng hoặc đã dùng. Vui lòng chờ ứng dụng hiện mã mới rồi nhập lại.",
    "The code is wrong or was used before. Wait until the app shows the next one.",
)
PAUSED = Words(
    "Đã nhập sai nhiều lần. Vui lòng thử lại sau {wait}. Trình duyệt từng đăng nhập tài khoản này không bị ảnh hưởng.",
    "There were several wrong attempts. Try again in {wait}. A browser that signed in to this account before is not "
    "affected.",
)
TOO_LATE = Words(
    "Đã quá thời gian nhập mã xác thực. Vui lòng đăng nhập lại từ đầu.",
    "The time for the code is over. Please begin again.",
)
BUSY = Words(
    "Đang có quá nhiều người đăng nhập cùng lúc. Vui lòng thử lại sau ít giây.",
    "Many people sign in at this moment. Try again in a few seconds.",
)


class Proof(NamedTuple):
    """What a person has proved by the password: who it is, and for which state of the credentials."""

    person_id: int
    account: str
    version: int
    secret: str = ""  # of an app that is to be enrolled


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the sign-in page asks next, and what was wrong before. `step`: "account", "token", "code" or "app"."""

    step: str = "account"
    wrong: Words | None = None
    refusal: Refusal | None = None
    wait: int = 0
    status: int = 401
    account: str = ""
    hidden: Mapping[str, str] | None = None
    secret: str = ""  # of the app to enrol


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun; `account` is None for a token."""

    session: BrowserSession
    account: str | None = None

    def store(self, request: Request, response: Response) -> None:
        """Stores the session in the browser, which is known for the account from now on."""
        store_session(request, response, self.session)
        if self.account is not None:
            remember_device(request, response, self.account)


async def answer(request: Request, form: Form) -> SignedIn | Question:
    """Begins a session if the fields prove a person or a token; otherwise the next question."""
    if TOKEN in form:
        return await _by_token(request, form[TOKEN])
    try:
        if APP in form:
            return await _with_app(request, form)
        if PROOF in form:
            return await _by_code(request, form)
        return await _by_password(request, form)
    except Unavailable as error:
        if error.code != "sign_in_busy":
            raise
        return Question(wrong=BUSY, status=503, wait=5, account=form.get(ACCOUNT, ""))


async def token_refusal(request: Request, token: str) -> Refusal | None:
    """The refusal of a token that is not valid; None for a valid one."""
    try:
        # A header cannot carry other letters.
        await ApiClient(request, token if token.isascii() else "?", language_for(request)).get("tokens", "current")
    except Refusal as refusal:
        return refusal
    return None


def attempt_of(request: Request, account: str) -> Attempt:
    """An attempt for the account from the address and the browser of this request."""
    return Attempt(account, address_of(request.scope), known_device(request, account))


def seal_proof(request: Request, proof: Proof) -> str:
    """The proof for a hidden field, valid for ten minutes. Only this service can decrypt it."""
    issued = int(AccountServices.of(request.app).now().timestamp())
    return encrypted(request, json.dumps([issued, *proof]), _PURPOSE)


def open_proof(request: Request, value: str) -> Proof | None:
    """The proof in a hidden field; None if it is too old or was not made by this service."""
    try:
        issued, *parts = json.loads(decrypted(request, value, _PURPOSE))
    except (KeysUnusable, ValueError):
        return None
    age = AccountServices.of(request.app).now().timestamp() - issued
    return Proof(*parts) if 0 <= age < _LIFETIME.total_seconds() else None


async def _by_token(request: Request, token: str) -> SignedIn | Question:
    # A session is no token: its owner signs in.
    if refusal := await token_refusal(request, "?" if token.startswith("ses_") else token):
        return Question(step="token", refusal=refusal, status=refusal.status)
    return SignedIn(await begin_token_session(request, token))


async def _by_password(request: Request, form: Form) -> SignedIn | Question:
    services, account = AccountServices.of(request.app), form.get(ACCOUNT, "")
    attempt = attempt_of(request, account)
    now = services.now()
    outcome = await check_password(services.database, services.hasher, attempt, form.get(PASSWORD, ""), now)
    if isinstance(outcome, Refused):
        return _refused(outcome, Question(wrong=WRONG_PASSWORD, account=account))
    if outcome.secret is not None:
        return _ask_code(request, Proof(outcome.person_id, outcome.account, outcome.version))
    if outcome.needs_second_factor:
        return ask_app(request, outcome)
    return await _begun(request, outcome, Method.PASSWORD)


async def _by_code(request: Request, form: Form) -> SignedIn | Question:
    services, proof = AccountServices.of(request.app), open_proof(request, form[PROOF])
    if proof is None:
        return Question(wrong=TOO_LATE)
    attempt, code = attempt_of(request, proof.account), form.get(CODE, "")
    now = services.now()
    outcome = await check_code(services.database, attempt, proof.person_id, proof.version, code, now)
    if outcome is None:
        return Question(wrong=TOO_LATE)
    if isinstance(outcome, Refused):
        return _refused(outcome, _ask_code(request, proof, WRONG_CODE))
    return await _begun(request, outcome, Method.SECOND_FACTOR)


async def _with_app(request: Request, form: Form) -> SignedIn | Question:
    """Enrols the app that an administrator requires. Until then there is no session."""
    services, proof = AccountServices.of(request.app), open_proof(request, form[APP])
    if proof is None or not proof.secret:
        return Question(wrong=TOO_LATE)
    try:
        async with services.database.writing() as connection:
            person, now = proof.person_id, services.now()
            enrolled = await enrol(connection, person, proof.version, proof.secret, form.get(CODE, ""), now)
    except DomainError as error:
        if error.code == "code_wrong":
            return _app_question(request, proof, WRONG_CODE)
        if error.code == "credentials_changed":
            return Question(wrong=TOO_LATE)
        raise
    return await _begun(request, enrolled, Method.SECOND_FACTOR)


def ask_app(request: Request, credentials: Credentials) -> Question:
    """The question that enrols an app: with a new secret, for a person who has just proved who they are."""
    proof = Proof(credentials.person_id, credentials.account, credentials.version, new_secret())
    return _app_question(request, proof, None)


def _app_question(request: Request, proof: Proof, wrong: Words | None) -> Question:
    hidden = {APP: seal_proof(request, proof)}
    status = 401 if wrong else 200
    return Question(step="app", wrong=wrong, status=status, account=proof.account, hidden=hidden, secret=proof.secret)


def _ask_code(request: Request, proof: Proof, wrong: Words | None = None) -> Question:
    hidden = {PROOF: seal_proof(request, proof)}
    return Question(step="code", wrong=wrong, status=401 if wrong else 200, account=proof.account, hidden=hidden)


def _refused(refused: Refused, question: Question) -> Question:
    if not refused.wait:
        return question
    return Question(
        step=question.step,
        wrong=PAUSED,
        status=429,
        wait=refused.wait,
        account=question.account,
        hidden=question.hidden,
    )


async def _begun(request: Request, credentials: Credentials, method: Method) -> SignedIn:
    session = await begin_session_of_person(request, credentials.person_id, method)
    return SignedIn(session, credentials.account)
