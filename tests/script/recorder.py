"""A collector's other side for the script: real HTTP, real script, and a memory of every request.

It answers as docs/wire/r46.md says and can be told to misbehave. It judges nothing: whether
the calls mean anything is the adapter's business and tested there.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import static

DID = "AH5aEvmlqn"
INIT = {"did": DID, "sid": "cIxzHQJbUo", "seance": "cIxzHQJbUo", "segment": "A", "currency": "EUR"}
OK = {"status": "success", "accepted": 1, "results": []}
PATIENCE = 10.0  # seconds until a condition that does not come is a failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived, and how it was answered (0: connection closed)."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 0

    @property
    def envelope(self) -> dict[str, Any]:
        """The body of a POST to /collect."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """An answer to give instead of the usual one. Status 0 closes the connection unanswered."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Recorder:
    """What the browser tests talk to. Change the attributes at any moment."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.next: deque[Says] = deque()  # answers to /collect, first come
        self.always: Says | None = None  # answer to every /collect, until removed
        self.init: Says = Says(body=INIT)
        self.reads: dict[str, Says] = {}  # answers to GETs of other paths
        self.gate = threading.Event()  # /init waits while it is clear
        self.gate.set()
        self.seen: list[Seen] = []
        self.changed = threading.Condition()
        self.origin = ""

    def answer(self, method: str, path: str) -> Says:
        """What a request for this path is told."""
        if method == "OPTIONS":
            return Says(status=204)
        if path == "/collect":
            if self.next:
                return self.next.popleft()
            return self.always or Says(body=OK)
        if path == "/init":
            self.gate.wait(PATIENCE)
            return self.init
        if path in self.reads:
            return self.reads[path]
        if path == "/v3.js":
            return Says(body=static.path("v3.js").read_bytes())
        return Says(body=self.pages[path].encode()) if path in self.pages else Says(status=404)

    def note(self, seen: Seen) -> None:
        with self.changed:
            self.seen.append(seen)
            self.changed.notify_all()

    def wait(self, condition: Callable[[], bool], what: str = "the expected requests") -> None:
        """Until the condition holds; fails with what did arrive."""
        with self.changed:
            if not self.changed.wait_for(condition, PATIENCE):
                arrived = [(seen.method, seen.path, seen.status, seen.body[:300]) for seen in self.seen]
                raise AssertionError(f"{what} did not come; seen: {arrived}")

    def log(self) -> list[tuple[str, str]]:
        """(method, path) of every request, in order."""
        return [(seen.method, seen.path) for seen in self.seen]

    def posts(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == "/collect" and seen.method == "POST"]

    def arrivals(self) -> list[dict[str, Any]]:
        """Every event of every acknowledged request, completed by its envelope, twins included."""
        return [event for seen in self.posts() if seen.status == 200 for event in events_of(seen.envelope)]

    def stored(self) -> list[dict[str, Any]]:
        """What a collector would keep: acknowledged events, the first of each eid, by time."""
        first: dict[str, dict[str, Any]] = {}
        for event in self.arrivals():
            first.setdefault(event["eid"], event)
        return sorted(first.values(), key=lambda event: int(event["t"]))

    def calls(self) -> list[Any]:
        """The calls stored, as the page made them; of an entry with a path that."""
        return [event.get("call", event.get("path")) for event in self.stored()]


def events_of(envelope: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each event with the envelope's keys under its own; null means absent."""
    shared = {key: value for key, value in envelope.items() if key != "events"}
    for event in envelope["events"]:
        yield {key: value for key, value in {**shared, **event}.items() if value is not None}


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            says = recorder.answer(self.command, parts.path)
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            headers = {key.lower(): value for key, value in self.headers.items()}
            if parts.path != "/favicon.ico":
                recorder.note(
                    Seen(
                        method=self.command,
                        path=parts.path,
                        query=query,
                        headers=headers,
                        body=body,
                        status=says.status,
                    )
                )
            if says.status:
                self.reply(parts.path, says)

        do_GET = do_POST = do_OPTIONS = handle_any

        def reply(self, path: str, says: Says) -> None:
            payload = (
                says.body
                if isinstance(says.body, bytes)
                else json.dumps({} if says.body is None else says.body).encode()
            )
            kind = "text/javascript" if path.endswith(".js") else "text/html"
            self.send_response(says.status)
            self.send_header("Content-Type", kind if isinstance(says.body, bytes) else "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.send_header("Access-Control-Allow-Origin", self.headers.get("origin") or "*")
            self.send_header("Access-Control-Allow-Credentials", "true")
            self.send_header("Access-Control-Expose-Headers", "X-Event-Verdict, Retry-After")
            for name, value in says.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            """Silence: the recorder's memory is the log."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that left is no error here: leaving is what many tests do."""


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder on a free port of its own."""
    recorder = Recorder()
    server = _Server(("127.0.0.1", 0), _handler(recorder))
    recorder.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        recorder.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


def names(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The event names of stored events, for reading at a glance."""
    return [event["call"][1] if "call" in event else event["path"] for event in events]
