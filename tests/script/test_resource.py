"""The script as it is served: codings, validators, caching, names."""

from __future__ import annotations

import gzip
import hashlib

import brotli
import pytest

import static
from collector.script import Script
from collector.wire import WireReply

CONTENT = b"window.r46 = 1;\n" * 40
HASH = hashlib.sha256(CONTENT).hexdigest()[:12]

PLAIN = {
    "ETag": f'"{HASH}"',
    "Vary": "Accept-Encoding",
    "Cache-Control": "public, max-age=3600",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
KIND = "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/v3.js", "/r46v3.js", "/r46.js"])
def test_every_name_serves_the_same_bytes_for_an_hour(path: str) -> None:
    reply = Script.of(CONTENT).serve(path, {})
    assert reply == WireReply(body=CONTENT, content_type=KIND, headers=PLAIN)


def test_the_hashed_name_may_be_kept_for_ever() -> None:
    reply = Script.of(CONTENT).serve(f"/v3.{HASH}.js", {})
    immutable = {**PLAIN, "Cache-Control": "public, max-age=31536000, immutable"}
    assert reply == WireReply(body=CONTENT, content_type=KIND, headers=immutable)


@pytest.mark.parametrize("path", ["/", "/v3.000000000000.js", "/v3.js/", "/V3.JS", "/push", "/v3.map"])
def test_any_other_path_is_not_the_scripts(path: str) -> None:
    assert Script.of(CONTENT).serve(path, {}) is None


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000 ,gzip;q=0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("br;q=0, *", "gzip"),
        ("gzip;q=junk", "gzip"),
    ],
)
def test_the_best_accepted_coding_is_sent(accepted: str, coding: str) -> None:
    reply = Script.of(CONTENT).serve("/v3.js", {"accept-encoding": accepted})
    assert reply is not None
    assert reply.headers.get("Content-Encoding", "") == coding
    unpack = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}[coding]
    assert unpack(reply.body) == CONTENT


def test_each_coding_has_its_own_etag() -> None:
    replies = [Script.of(CONTENT).serve("/v3.js", {"accept-encoding": name}) for name in ("", "gzip", "br")]
    tags = [reply.headers["ETag"] for reply in replies if reply]
    assert tags == [f'"{HASH}"', f'"{HASH}-gzip"', f'"{HASH}-br"']


@pytest.mark.parametrize("condition", [f'"{HASH}"', f'W/"{HASH}"', f'"x", "{HASH}"', "*"])
def test_a_known_etag_gets_304_without_a_body(condition: str) -> None:
    reply = Script.of(CONTENT).serve("/v3.js", {"if-none-match": condition})
    assert reply == WireReply(status=304, content_type=KIND, headers=PLAIN)


@pytest.mark.parametrize("condition", ["", '"other"', f'"{HASH}-gzip"', HASH])
def test_another_etag_gets_the_file(condition: str) -> None:
    reply = Script.of(CONTENT).serve("/v3.js", {"if-none-match": condition})
    assert reply is not None
    assert (reply.status, reply.body) == (200, CONTENT)


def test_the_installed_script_is_the_built_file() -> None:
    script = Script.load()
    built = static.path("v3.js").read_bytes()
    assert script.forms[""] == built
    assert script.alias == f"/v3.{hashlib.sha256(built).hexdigest()[:12]}.js"
