"""Transport rules: paths, limits before and after inflation, codings, CORS."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import pytest

from collector import transport
from collector.errors import Rejected


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        ("/push", "/push"),
        ("//push", "/push"),
        ("/push/", "/push"),
        ("/push//custom///", "/push/custom"),
        ("/", "/"),
        ("//", "/"),
        ("/a%20b", "/a b"),
        ("/a%2Fb", "/a%2Fb"),
        ("/%ff", "/\ufffd"),
    ],
)
def test_paths_are_understood_however_clients_join_them(sent: str, understood: str) -> None:
    assert transport.canonical_path(sent) == understood


def _read(parts: list[bytes], headers: dict[str, str], limit: int) -> bytes:
    messages = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}
        for index, part in enumerate(parts)
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return asyncio.run(transport.read_body(receive, headers, limit))


def _code(parts: list[bytes], headers: dict[str, str], limit: int = 1000) -> tuple[str, int]:
    with pytest.raises(Rejected) as refusal:
        _read(parts, headers, limit)
    return refusal.value.code, refusal.value.status


def test_a_chunked_body_is_joined() -> None:
    assert _read([b"ab", b"", b"cd"], {}, 4) == b"abcd"


def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    assert _code([b""], {"content-length": "1001"}) == ("body_too_large", 413)


def test_an_undeclared_body_is_refused_as_soon_as_it_is_too_large() -> None:
    assert _code([b"x" * 600, b"x" * 600, b"never asked for"], {}) == ("body_too_large", 413)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_is_undone(coding: str) -> None:
    assert _read([gzip.compress(b"hello")], {"content-encoding": coding}, 1000) == b"hello"


def test_deflate_is_undone_with_and_without_its_wrapper() -> None:
    raw = zlib.compressobj(wbits=-15)
    bare = raw.compress(b"hello") + raw.flush()
    assert _read([zlib.compress(b"hello")], {"content-encoding": "deflate"}, 1000) == b"hello"
    assert _read([bare], {"content-encoding": "deflate"}, 1000) == b"hello"


def test_a_gzip_bomb_is_refused_without_being_inflated() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert _code([bomb], {"content-encoding": "gzip"}, 100_000) == ("body_too_large", 413)


def test_corrupt_and_unknown_codings_have_their_own_reasons() -> None:
    assert _code([b"not gzip"], {"content-encoding": "gzip"}) == ("encoding_corrupt", 400)
    assert _code([gzip.compress(b"hello")[:-4]], {"content-encoding": "gzip"}) == ("encoding_corrupt", 400)
    assert _code([b"x"], {"content-encoding": "zstd"}) == ("encoding_unsupported", 415)


def test_a_sender_that_leaves_is_not_a_request() -> None:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    with pytest.raises(ConnectionError):
        asyncio.run(transport.read_body(receive, {}, 1000))


def test_cors_echoes_the_origin_with_credentials_and_is_silent_without_one() -> None:
    assert transport.cors({}) == []
    assert transport.cors({"origin": "null"}) == [
        (b"access-control-allow-origin", b"null"),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"X-Event-Verdict"),
        (b"vary", b"Origin"),
    ]


def test_a_preflight_allows_what_was_asked_for() -> None:
    asked = {"origin": "https://shop.example", "access-control-request-headers": "content-type, x-a"}
    assert transport.preflight(asked) == [
        (b"access-control-allow-origin", b"https://shop.example"),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"X-Event-Verdict"),
        (b"vary", b"Origin"),
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, OPTIONS"),
        (b"access-control-allow-headers", b"content-type, x-a"),
        (b"access-control-max-age", b"86400"),
        (b"content-length", b"0"),
    ]
