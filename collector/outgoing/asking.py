"""One HTTP request as it stands on the wire, how far it got, and what came back or did not."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, quote_plus

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from multidict import CIMultiDict

from collector.destinations.contract import Answer, Fault, Request
from collector.outgoing.reach import Barred, Forbidden
from collector.outgoing.webhook import signature

MOST_BODY: Final = 64 * 1024
SHORTEST_SECRET: Final = 6
"""Of what the vendor repeats, a secret shorter than this is not searched for: it could be any word."""
HIDDEN: Final = "***"
NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
VALUE: Final = re.compile(r"[^\x00-\x1f\x7f]*")


@dataclass(slots=True)
class Progress:
    """How far a request got."""

    resolving: bool = False
    connected: bool = False


class Broken(Exception):
    """The connection broke. Not an error that the client would answer by asking again."""

    def __init__(self, error: aiohttp.ClientError) -> None:
        super().__init__()
        self.error = error


EXPECTED: Final = (Forbidden, Broken, aiohttp.ClientError, TimeoutError, OSError, ValueError)
"""All that a request is known to end in, beside an answer."""


async def once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Ask once: left to itself the client repeats a PUT whose kept connection turns out to be closed."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Broken(error) from error


def watched() -> aiohttp.TraceConfig:
    """Notes in the Progress that goes with a request how far it got."""

    async def note_resolving(_session: object, context: object, _params: object) -> None:
        _progress(context).resolving = True

    async def note_resolved(_session: object, context: object, _params: object) -> None:
        _progress(context).resolving = False

    async def note_connected(_session: object, context: object, _params: object) -> None:
        _progress(context).connected = True

    trace = aiohttp.TraceConfig()
    trace.on_dns_resolvehost_start.append(note_resolving)
    trace.on_dns_resolvehost_end.append(note_resolved)
    trace.on_connection_create_end.append(note_connected)
    trace.on_connection_reuseconn.append(note_connected)
    return trace


def _progress(context: object) -> Progress:
    found = getattr(context, "trace_request_ctx", None)
    if not isinstance(found, Progress):
        raise TypeError("a request without its progress")
    return found


def headers_of(request: Request, now: datetime, agent: str, usual: Mapping[str, str]) -> CIMultiDict[str]:
    """All headers: the usual ones, the destination's, ours, the signature, and what nobody is told.

    Raises Forbidden where one holds what no header can.
    """
    headers = CIMultiDict(usual)
    headers.update(request.headers)
    headers["user-agent"] = agent
    headers["accept-encoding"] = "identity"
    if request.signing:
        timestamp = int(now.timestamp())
        headers["r46-timestamp"] = str(timestamp)
        headers["r46-signature"] = signature(request.signing, timestamp, request.body)
    headers.update(request.secret_headers)
    if not all(NAME.fullmatch(name) and VALUE.fullmatch(value) for name, value in headers.items()):
        raise Forbidden("a header has signs that none can have")
    return headers


async def answered(request: Request, response: ClientResponse) -> Answer:
    """What came back, without a secret of ours that the vendor may repeat."""
    body = b""
    while len(body) < MOST_BODY and (more := await response.content.read(MOST_BODY - len(body))):
        body += more
    secrets = sorted(set(_secrets(request)), key=len, reverse=True)
    for secret in secrets:
        body = body.replace(secret.encode(), HIDDEN.encode())
    return Answer(
        status=response.status,
        headers={name.lower(): _without(secrets, value) for name, value in response.headers.items()},
        body=body,
        sent=True,
    )


def _secrets(request: Request) -> Iterator[str]:
    """Every secret in the forms that a vendor could repeat."""
    known = [request.signing, *request.secret_query.values()]
    for value in request.secret_headers.values():
        known += [value, value.partition(" ")[2]]
    for value in known:
        if len(value) >= SHORTEST_SECRET:
            yield from (value, quote(value, safe=""), quote_plus(value))


def _without(secrets: list[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def unanswered(error: Exception, progress: Progress) -> Answer:
    """Why there is no answer. Of the error nothing is repeated that could hold an address or a header."""
    fault, text = _fault(error.error if isinstance(error, Broken) else error, progress)
    sent = progress.connected and fault not in ("forbidden", "dns", "tls", "connect")
    return Answer(fault=fault, sent=sent, text=text)


def _fault(error: Exception, progress: Progress) -> tuple[Fault, str]:
    if isinstance(error, Forbidden):
        return "forbidden", str(error)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientConnectorCertificateError):
        return _unconnected(error)
    if isinstance(error, TimeoutError):
        return _late(progress)
    if isinstance(error, aiohttp.ClientResponseError):
        return "cut", "what was answered is not HTTP"
    if isinstance(error, aiohttp.InvalidURL) or (isinstance(error, ValueError) and not progress.connected):
        return "forbidden", "the address or a header cannot be sent"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "cut", "the answer broke off"
    if not progress.connected:
        return "connect", _told(error)
    return "cut", "the connection broke before an answer came"


def _unconnected(error: aiohttp.ClientError) -> tuple[Fault, str]:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns", "the host is not known"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "tls", "the host's certificate is not to be trusted"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "tls", "no TLS connection could be made"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
    if isinstance(cause, Barred):
        return "forbidden", str(cause)
    if isinstance(cause, ssl.SSLError):
        return "tls", "no TLS connection could be made"
    return "connect", _told(cause)


def _late(progress: Progress) -> tuple[Fault, str]:
    if progress.connected:
        return "timeout", "no answer came in time"
    if progress.resolving:
        return "dns", "the host could not be looked up in time"
    return "connect", "no connection came about in time"


def _told(error: object) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return (
        f"no connection came about: {os.strerror(number)}"
        if number and number > 0
        else "no connection came about"
    )
