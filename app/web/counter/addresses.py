"""Addresses of the counter."""

from urllib.parse import quote

from fastapi import Request, Response

from app.web.public.rendering import redirect

HOME = "/counter"


def redirect_to(request: Request, *path: str, query: str = "") -> Response:
    """A redirect to another page of the counter."""
    address = "/".join([HOME, *(quote(part, safe="") for part in path)])
    return redirect(request, f"{address}?{query}" if query else address)
