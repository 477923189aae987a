"""Runs the service under uvicorn: one worker in this process, or several processes on one port."""

import errno
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from pydantic import SecretStr
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.http.logs import log_config
from app.http.metrics import shared_counts
from app.settings import Settings

# Seconds for requests in progress to end after a signal to stop.
_GRACE = 10
# Seconds until an idle connection is closed. A proxy closes it earlier, so it never sends a request to a closed one.
_IDLE = 75
# Seconds after which a silent worker is replaced. A busy machine needs longer than uvicorn's 5 to start the workers.
_SILENT = 60


class _Protocol(HttpToolsProtocol):
    """Drops the fields behind a chunked body, which uvicorn would add to the headers that a proxy has checked."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.headers = []


def serve(settings: Settings, *, host: str, port: int, workers: int, application: str = "app.main:served") -> None:
    """Serves an application until a signal to stop; raises OSError as `require_address`.

    `application`: module and function that makes it in each worker. The default needs a migrated database.
    """
    require_address(host, port)
    # After the last request uvicorn sends itself the signal again. That is a normal end with status 0.
    signal.signal(signal.SIGTERM, _end)
    # Workers are separate processes and read their settings from the environment.
    os.environ.update({f"MOTCUA_{name.upper()}": _text(value) for name, value in settings.model_dump().items()})
    with shared_counts(workers, port):
        uvicorn.run(
            application,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_config=log_config(settings),
            access_log=False,  # RequestMiddleware writes them, with the route instead of the path
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
            http=_Protocol,
            ws="none",
            lifespan="on",
            timeout_keep_alive=_IDLE,
            timeout_graceful_shutdown=_GRACE,
            timeout_worker_healthcheck=_SILENT,
        )


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def require_address(host: str, port: int) -> None:
    """Raises OSError with a message of one line if the service cannot listen at the address."""
    try:
        addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise _no_address(host, port, error) from None
    failures = []
    for family, kind, protocol, _name, address in addresses:
        try:
            with socket.socket(family, kind, protocol) as probe:
                if os.name == "posix":  # on Windows the option would let two processes share the port
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
        except OSError as error:
            failures.append(error)
    # One of several addresses of a name is enough: the machine may not support the protocol of the others.
    taken = [error for error in failures if error.errno == errno.EADDRINUSE]
    if taken or len(failures) == len(addresses):
        raise _no_address(host, port, (taken or failures)[0])


def _no_address(host: str, port: int, error: Exception) -> OSError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return OSError(f"Cannot listen at {host}, port {port}: {reason}.")
