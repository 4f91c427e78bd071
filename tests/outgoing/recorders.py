"""A mail server and a web server on real sockets, which keep what they get and fail as they are told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = Literal["", "recipient", "data", "break", "login"]
ANSWERS = {"EHLO": ("250-recorder", "250 AUTH PLAIN"), "AUTH": ("235 in",), "QUIT": ("221 bye",)}
REFUSED = {("AUTH", "login"): "535 wrong {line}", ("RCPT", "recipient"): "550 nobody of that name"}


@dataclass(slots=True)
class MailServer:
    """Speaks enough SMTP. `fault`: what it refuses; "break" takes a mail and hangs up without a word."""

    listening: socket.socket
    fault: Fault = ""
    accepted: list[tuple[str, str, bytes]] = field(default_factory=list)
    _sender: str = ""
    _to: str = ""

    @property
    def port(self) -> int:
        port: int = self.listening.getsockname()[1]
        return port

    def letters(self) -> list[EmailMessage]:
        return [
            message_from_bytes(data, _class=EmailMessage, policy=policy.default)
            for _, _, data in self.accepted
        ]

    def recipients(self) -> list[str]:
        return [to for _, to, _ in self.accepted]

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rwb", buffering=0) as file:
            _say(file, "220 recorder")
            self._sender = self._to = ""
            while line := file.readline():
                if not self._answered(file, line.decode().strip()):
                    return

    def _answered(self, file: socket.SocketIO, line: str) -> bool:
        """Whether to go on listening."""
        word = line.upper().split(" ")[0].split(":")[0]
        if word == "DATA":
            return self._data(file)
        if word == "MAIL":
            self._sender = line
        if word == "RCPT":
            self._to = line.partition("<")[2].partition(">")[0]
        if (word, self.fault) in REFUSED:
            _say(file, REFUSED[word, self.fault].format(line=line))
        else:
            for answer in ANSWERS.get(word, ("250 ok",)):
                _say(file, answer)
        return word != "QUIT"

    def _data(self, file: socket.SocketIO) -> bool:
        _say(file, "354 go on")
        lines: list[bytes] = []
        while (line := file.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        if self.fault == "data":
            _say(file, "554 not wanted")
            return True
        self.accepted.append((self._sender, self._to, b"".join(lines)))
        if self.fault == "break":
            return False
        _say(file, "250 kept")
        return True


def _say(file: socket.SocketIO, line: str) -> None:
    file.write(line.encode() + b"\r\n")


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = MailServer(listening)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@dataclass(slots=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class WebServer:
    """Answers every POST with `status`; 0 hangs up after reading. `location` is where a redirect leads."""

    port: int = 0
    status: int = 204
    location: str = ""
    got: list[Got] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=1"


@contextmanager
def web_server() -> Iterator[WebServer]:
    record = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            record.got.append(Got(self.path, headers, body))
            if record.status:
                self.send_response(record.status)
                if record.location:
                    self.send_header("location", record.location)
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test reads `got`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        record.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield record
        finally:
            server.shutdown()
            thread.join(5)
