"""A real HTTP receiver and a real mail server, which store requests and mails, and can refuse them."""

import asyncio
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP


class Received(NamedTuple):
    """One received request."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Stores every POST and answers it with `status`, or first with `statuses`, one for each request."""

    def __init__(self) -> None:
        self.status = 204
        self.statuses: list[int] = []
        self.location = ""
        self.got: list[Received] = []
        self.url = ""
        self.lock = Lock()

    @property
    def accepted(self) -> list[Received]:
        """The requests answered with 2xx."""
        return [request for request in self.got if request.headers["x-answered"].startswith("2")]


@contextmanager
def running_receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver until the block ends. With `tls` it uses https, and its address has the name `a.test`."""
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

        def log_message(self, *_message: Any) -> None:
            """Prints nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        receiver.url = f"https://a.test:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class HalfReceiver:
    """Sends `answer` to each request, and keeps the connection open until the block ends."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked = 0
        self.url = ""
        self.over = Event()


@contextmanager
def running_half_receiver(answer: bytes) -> Iterator[HalfReceiver]:
    """A receiver that sends nothing after `answer`."""
    receiver = HalfReceiver(answer)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            receiver.asked += 1
            self.request.sendall(receiver.answer)
            receiver.over.wait(30)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Mailbox:
    """A mail server that stores accepted mails. With `refusing` set, it answers with that line.

    `slowness`: seconds before an answer, by its first digits.
    """

    def __init__(self) -> None:
        self.refusing = ""
        self.slowness: dict[str, float] = {}
        self.half = self.cut = False
        self.encrypted: list[bool] = []
        self.protocols: list[str | None] = []
        self.tried = 0
        self.raw: list[tuple[str, list[str], bytes]] = []
        self.url = ""

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its interface
        self.tried += 1
        tls = server.transport.get_extra_info("ssl_object")
        self.encrypted.append(tls is not None)
        self.protocols.append(tls and tls.selected_alpn_protocol())
        if self.refusing:
            return self.refusing
        self.cut = self.half
        self.raw.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """The received mails."""
        return [message_from_bytes(content, policy=default) for _, _, content in self.raw]

    @property
    def to(self) -> list[str]:
        """The recipients in order."""
        return [address for _, addresses, _ in self.raw for address in addresses]


class _Server(SMTP):
    async def push(self, status: Any) -> None:
        box: Mailbox = self.event_handler
        text = status.decode() if isinstance(status, bytes) else status
        await asyncio.sleep(next((seconds for begins, seconds in box.slowness.items() if text.startswith(begins)), 0))
        if box.cut:
            # The message is accepted, but only a part of the confirmation arrives.
            box.cut = False
            self._writer.write(b"25")
            self._writer.close()
            return
        await super().push(status)


@contextmanager
def running_mailbox(*, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A mail server until the block ends, with `tls` from the first byte, or with `starttls` on request."""
    mailbox, loop = Mailbox(), asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncio.Server:
        return await loop.create_server(
            lambda: _Server(mailbox, loop=loop, tls_context=starttls), "127.0.0.1", 0, ssl=tls
        )

    async def stop(server: asyncio.Server) -> None:
        server.close()
        await server.wait_closed()

    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result()
        port = server.sockets[0].getsockname()[1]
        mailbox.url = f"smtp://127.0.0.1:{port}" if tls is None and starttls is None else f"smtp://a.test:{port}"
        if tls is not None:
            mailbox.url = mailbox.url.replace("smtp:", "smtps:")
        try:
            yield mailbox
        finally:
            asyncio.run_coroutine_threadsafe(stop(server), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
