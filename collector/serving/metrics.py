"""`/metrics`: before the pages of the engine, for whoever has the token, or for this machine alone."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from collector import counts
from collector.control import Control
from collector.forwarder.figures import Figures
from collector.forwarder.reading import Reading, ledger_file
from collector.metrics import Source, written
from collector.metrics.collecting import Collecting
from collector.metrics.forwarding import Forwarding
from collector.metrics.loading import Loading
from collector.serving.engine import Engine
from collector.serving.proxy import PEER
from collector.settings import Settings

PATH: Final = "/metrics"
PROXIED: Final = frozenset((b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"forwarded", b"via"))
"""Headers by which a proxy tells that it asks for somebody else."""
HOSTS: Final = frozenset(("localhost", "127.0.0.1", "[::1]"))
_TEXT: Final = "text/plain; charset=utf-8"


def sources_of(settings: Settings, engine: Engine, control: Control, figures: Figures) -> Sequence[Source]:
    """What a running engine can tell."""

    def clock() -> float:
        return engine.clock().timestamp()

    def reading(destination_id: str) -> Reading:
        return Reading(ledger_file(settings.data, destination_id))

    return (
        Collecting(settings.data / counts.FOLDER, clock),
        Loading(lambda: engine.loader.state, settings.log_dir, settings.store_file),
        Forwarding(control.destinations.all, reading, figures, clock),
    )


def before(pages: Any, sources: Sequence[Source], token: str) -> Any:
    """An application that answers `/metrics` and leaves everything else to `pages`.

    With a token it must be told as `Authorization: Bearer …`. Without one only who asks from this machine
    itself is answered, and nobody for whom a proxy asks.
    """

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await pages(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        if scope["method"] not in ("GET", "HEAD"):
            await _send(send, 405, b"metrics are read with GET\n", _TEXT, (b"allow", b"GET, HEAD"))
        elif not _may(scope, headers, token):
            asked = (b"www-authenticate", b'Bearer realm="metrics"')
            await _send(send, 401 if token else 403, _refusal(token), _TEXT, *([asked] if token else ()))
        else:
            accept = headers.get(b"accept", b"").decode("latin-1")
            body, kind = await run_in_threadpool(written, sources, accept)
            await _send(send, 200, b"" if scope["method"] == "HEAD" else body, kind)

    return app


def _may(scope: Mapping[str, Any], headers: Mapping[bytes, bytes], token: str) -> bool:
    if token:
        kind, _, given = headers.get(b"authorization", b"").partition(b" ")
        return kind.lower() == b"bearer" and hmac.compare_digest(given.strip(), token.encode())
    host = headers.get(b"host", b"localhost").decode("latin-1").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return not PROXIED & headers.keys() and name in HOSTS and _is_here(_peer(scope, headers))


def _peer(scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> str:
    """Who asks. Over the unix socket a collector process says for whom; else it is the operator's own user."""
    client = scope.get("client")
    if client:
        return str(client[0])
    return headers.get(PEER, b"127.0.0.1").decode("latin-1")


def _is_here(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _refusal(token: str) -> bytes:
    if token:
        return b"metrics need the token of the setting metrics_token\n"
    return b"metrics are told to this machine alone; set metrics_token to ask from elsewhere\n"


async def _send(send: Any, status: int, body: bytes, kind: str, *more: tuple[bytes, bytes]) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
