"""A real HTTP receiver and a real mail server on this machine, which keep what they were sent and can refuse it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP


class Received(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers every POST with `status`, and keeps it; `statuses` go first, one for each request."""

    def __init__(self) -> None:
        self.status = 204
        self.statuses: list[int] = []
        self.location = ""
        self.got: list[Received] = []
        self.url = ""
        self.lock = Lock()

    @property
    def accepted(self) -> list[Received]:
        """What was answered with a 2xx."""
        return [one for one in self.got if one.headers["x-answered"].startswith("2")]


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver that answers until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.lock:
                status = receiver.statuses.pop(0) if receiver.statuses else receiver.status
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append(Received(self.path, {**headers, "x-answered": str(status)}, body))
            self.send_response(status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_told: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Mailbox:
    """A mail server that keeps what it accepted; while `refusing` is set, that is how it answers."""

    def __init__(self) -> None:
        self.refusing = ""
        self.tried = 0
        self.raw: list[tuple[str, list[str], bytes]] = []
        self.url = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its interface
        self.tried += 1
        if self.refusing:
            return self.refusing
        self.raw.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails as they came."""
        return [message_from_bytes(content, policy=default) for _, _, content in self.raw]

    @property
    def to(self) -> list[str]:
        """To whom they came, in order."""
        return [address for _, addresses, _ in self.raw for address in addresses]


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    """A mail server that answers until the block ends."""
    mailbox, loop = Mailbox(), asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(mailbox, loop=loop), "127.0.0.1", 0)

    async def stop(server: asyncio.Server) -> None:
        server.close()
        await server.wait_closed()

    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result()
        mailbox.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield mailbox
        asyncio.run_coroutine_threadsafe(stop(server), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
