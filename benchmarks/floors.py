"""Lower bounds to compare with: the same bytes from memory, and FastAPI routes with statements by hand.

`python -m benchmarks.floors <floor> <port> <file>`: the file of the floor `memory` contains the responses as JSON, that
of `by-hand` the URL of the database and the token.
"""

import base64
import gc
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.by_hand.app import create_app


def main() -> None:
    """Serve one floor until it is stopped."""
    floor, port, file = sys.argv[1:]
    data = json.loads(Path(file).read_text(encoding="utf-8"))
    app: ASGIApp = Memory(data) if floor == "memory" else create_app(data["url"], data["token"])
    # The settings of app/http/server.py.
    uvicorn.run(app, port=int(port), access_log=False, server_header=False, ws="none", lifespan="on")


class Memory:
    """Repeats responses of the service: `{method: {status, headers, body}}`, body in base64."""

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self._answers = {
            method: (
                {
                    "type": "http.response.start",
                    "status": answer["status"],
                    "headers": [(name.encode(), value.encode()) for name, value in answer["headers"]],
                },
                {"type": "http.response.body", "body": base64.b64decode(answer["body"])},
            )
            for method, answer in answers.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        while scope["method"] == "POST" and (await receive()).get("more_body"):
            pass
        for message in self._answers[scope["method"]]:
            await send(message)


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    gc.collect()
    gc.freeze()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    main()
