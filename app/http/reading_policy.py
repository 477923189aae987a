"""Decides which requests a replica may answer, and which of them it is asked first (docs/operations.md, Replicas)."""

from collections.abc import Collection

from fastapi import Request

# They read, although their input is in a body.
_READ_BY_POST = frozenset(
    {"/api/v1/deadline", "/api/v1/dossiers/search", "/api/v1/dossiers/similar", "/d/{code}/proof"}
)
# Of the process itself, or of the primary. The page of the status asks each place by itself.
_NOT_OF_REPLICAS = frozenset({"/healthz", "/readyz", "/readyz/process", "/readyz/write", "/status"})
# Figures and reports are large, and nobody acts on a single dossier by them.
_FIGURES = ("/api/v1/statistics/", "/api/v1/seals", "/metrics", "/readyz/read")


def reads(path: str, methods: Collection[str] | None) -> bool:
    """Whether an endpoint only reads, so that a replica may answer."""
    return path in _READ_BY_POST or ("GET" in (methods or ()) and path not in _NOT_OF_REPLICAS)


def replica_first(request: Request) -> bool:
    """Whether a replica is asked first: for figures, and for the public, which has no token.

    Staff act on what they read, so they read at the primary while it is there.
    """
    return request.scope["path"].startswith(_FIGURES) or "authorization" not in request.headers
