"""Transport rules that hold for every endpoint, whoever the vendor is.

Paths, bodies, content codings and CORS as docs/wire/canonical.md, "Transport", says
(T1, T5, T7, T8, T10, T11). Nothing here knows an event.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from collector.errors import Rejected

RawHeaders = Iterable[tuple[bytes, bytes]]

WANTED = {
    name.encode(): name
    for name in (
        "accept-encoding",
        "access-control-request-headers",
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "if-none-match",
        "origin",
        "purpose",
        "r46-via",
        "referer",
        "sec-gpc",
        "sec-purpose",
        "user-agent",
        "x-forwarded-proto",
    )
}
"""The request headers anything here reads; the rest is never decoded."""

_SLASHES = re.compile(r"/{2,}")


def headers_of(raw: RawHeaders) -> dict[str, str]:
    """The wanted headers by lower-case name; the last one of a name wins."""
    return {WANTED[name]: value.decode("latin-1") for name, value in raw if name in WANTED}


def canonical_path(path: str) -> str:
    """Doubled slashes collapsed, one trailing slash dropped, segments percent-decoded (T1)."""
    path = _SLASHES.sub("/", path)
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    if "%" not in path:
        return path
    return "/".join(unquote(segment, errors="replace").replace("/", "%2F") for segment in path.split("/"))


async def read_body(receive: Any, headers: dict[str, str], limit: int) -> bytes:
    """The inflated body. Raises Rejected (413, 415, 400) and ConnectionError if the sender left."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise Rejected("body_too_large", status=413)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _rest(receive, body, limit)
    elif message["type"] != "http.request":
        raise ConnectionError
    if len(body) > limit:
        raise Rejected("body_too_large", status=413)
    coding = headers.get("content-encoding")
    return inflate(body, coding, limit) if coding and body else body


async def _rest(receive: Any, first: bytes, limit: int) -> bytes:
    parts, size = [first], len(first)
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise Rejected("body_too_large", status=413)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def inflate(body: bytes, coding: str, limit: int) -> bytes:
    """Undo gzip or deflate, never producing more than `limit` bytes (T5, T11)."""
    name = coding.strip().lower()
    if name in ("", "identity"):
        return body
    if name in ("gzip", "x-gzip"):
        return _inflate(body, 31, limit)
    if name == "deflate":
        try:
            return _inflate(body, 15, limit)
        except Rejected as refusal:
            if refusal.code != "encoding_corrupt":
                raise
            return _inflate(body, -15, limit)  # raw deflate, as some clients send it
    raise Rejected("encoding_unsupported", status=415)


def _inflate(body: bytes, window: int, limit: int) -> bytes:
    engine = zlib.decompressobj(window)
    try:
        plain = engine.decompress(body, limit + 1)
    except zlib.error as error:
        raise Rejected("encoding_corrupt", status=400, detail="not valid compressed data") from error
    if len(plain) > limit:
        raise Rejected("body_too_large", status=413)
    if not engine.eof:
        raise Rejected("encoding_corrupt", status=400, detail="compressed data ends early")
    return plain


def cors(headers: dict[str, str], *, readable: bytes = b"X-Event-Verdict") -> list[tuple[bytes, bytes]]:
    """Credentialed CORS: the origin echoed, never "*"; nothing where there is no Origin (T7).

    `readable` names the answer's headers that a page may read.
    """
    origin = headers.get("origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", readable),
        (b"vary", b"Origin"),
    ]


def preflight(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers of a 204 to OPTIONS on any path (T8)."""
    asked = headers.get("access-control-request-headers", "content-type, authorization")
    return [
        *cors(headers),
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, OPTIONS"),
        (b"access-control-allow-headers", asked.encode("latin-1")),
        (b"access-control-max-age", b"86400"),
        (b"content-length", b"0"),
    ]
