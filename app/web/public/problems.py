"""Refusals and failures as pages, for requests of people."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from fastapi import Request, Response

from app.http.field_errors import text_of
from app.http.messages import title
from app.http.problems import Case
from app.lookup.texts import Words
from app.web.public.advice import BY_CODE
from app.web.public.languages import language_for
from app.web.public.rendering import MEDIA_TYPE, page_headers, redirect, whole_page

# Paths of programs, with any `Accept`; and paths of people alone.
_FOR_PROGRAMS = ("/api/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics")
_STAFF = ("/counter", "/admin", "/account", "/sign-in", "/sign-out")
_FOR_PEOPLE = ("/d", "/procedures", "/board", *_STAFF, "/static")
_PAGES = ("/d", "/procedures", "/board", *_STAFF, "/docs")

_ADVICE: Mapping[int, Words] = {
    404: Words(
        "Địa chỉ này không có trang nào. Vui lòng kiểm tra lại, hoặc quay về trang tra cứu.",
        "There is no page at this address. Check it, or begin with the look-up page.",
    ),
    422: Words(
        "Thông tin trong địa chỉ hoặc biểu mẫu không hợp lệ. Vui lòng quay lại và chọn lại.",
        "The address or the form has a value that cannot be used. Go back and choose again.",
    ),
    429: Words(
        "Địa chỉ mạng này đã gửi quá nhiều yêu cầu. Vui lòng thử lại sau {seconds} giây.",
        "Too many requests came from this network address. Try again in {seconds} seconds.",
    ),
    500: Words(
        "Vui lòng thử lại sau ít phút. Nếu vẫn không được, vui lòng liên hệ Bộ phận Một cửa.",
        "Try again in a few minutes. If that does not help, ask at the counter.",
    ),
    503: Words(
        "Hệ thống tạm thời gián đoạn. Vui lòng thử lại sau {seconds} giây.",
        "The service is not available for a moment. Try again in {seconds} seconds.",
    ),
}


def problem_page(request: Request, case: Case) -> Response | None:
    """The page that describes a problem; None for a program, which gets problem+json.

    The address of a page with a slash at its end redirects to the page.
    """
    if case.code == "no_such_path" and (address := _without_slash(request)):
        return redirect(request, address)
    if not _is_for_people(request.scope["path"], request.headers.get("accept", "")):
        return None
    language = language_for(request)
    advice = BY_CODE.get(case.code) or _ADVICE.get(case.status) or _ADVICE[500 if case.status >= 500 else 422]
    unknown = case.code == "unknown_dossier"
    typed = request.query_params.get("code") or request.scope.get("path_params", {}).get("code", "")
    facts = {
        "status": case.status,
        "title": title(case.code, language),
        # The refusal of an unknown code is written for people, in their language.
        "advice": case.detail if unknown else advice.say(language, seconds=case.headers.get("Retry-After", "")),
        "detail": case.detail if language == "en" and not unknown and case.status < 500 and case.status != 429 else "",
        "wrong": sorted({text_of(error["code"], language) for error in case.members.get("errors") or ()}),
        "typed": typed[:300] if unknown else "",
        "unknown": unknown,
    }
    headers = {**page_headers(request), **case.headers, "Cache-Control": "no-store"}
    body = whole_page(request, "problem.html", facts)
    return Response(body, status_code=case.status, headers=headers, media_type=MEDIA_TYPE)


def _without_slash(request: Request) -> str | None:
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    if request.method not in ("GET", "HEAD") or not path.endswith("/") or not _is_within(path, _PAGES):
        return None
    address = quote(path.rstrip("/"))
    return f"{address}?{query}" if query else address


def _is_within(path: str, parts: Sequence[str]) -> bool:
    return any(path == part or path.startswith(f"{part}/") for part in parts)


def _is_for_people(path: str, accept: str) -> bool:
    if path.startswith(_FOR_PROGRAMS):
        return False
    return path == "/" or _is_within(path, _FOR_PEOPLE) or "text/html" in accept
