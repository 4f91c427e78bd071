"""The browser script as a web resource: its bytes, codings, validators and caching.

Rules of docs/wire/r46.md, "Script resource". The file is read once and never personalised,
so any cache may keep it.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import brotli

import static
from collector.wire import WireReply

NAMES = frozenset({"/v3.js", "/r46v3.js", "/r46.js"})

_HOUR = "public, max-age=3600"
_FOR_EVER = "public, max-age=31536000, immutable"
_CODINGS = ("br", "gzip")  # the smaller first


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The script in every form it is sent in. `hash` is 12 hex digits of its SHA-256."""

    forms: Mapping[str, bytes]  # by content coding; "" is the file itself
    hash: str

    @classmethod
    def load(cls) -> Script:
        """The built script of this installation. OSError where it is missing."""
        return cls.of(static.path("v3.js").read_bytes())

    @classmethod
    def of(cls, content: bytes) -> Script:
        """A script of these bytes, compressed once for all requests."""
        forms = {
            "": content,
            "gzip": gzip.compress(content, compresslevel=9, mtime=0),
            "br": brotli.compress(content, quality=11),
        }
        return cls(forms=forms, hash=hashlib.sha256(content).hexdigest()[:12])

    @property
    def alias(self) -> str:
        """The path that names these bytes and no others, cacheable for ever."""
        return f"/v3.{self.hash}.js"

    def serve(self, path: str, headers: Mapping[str, str]) -> WireReply | None:
        """The answer to a GET or HEAD with these lower-case headers; None if the path is not the script's."""
        if path not in NAMES and path != self.alias:
            return None
        coding = _preferred(headers.get("accept-encoding", ""))
        etag = f'"{self.hash}{"-" if coding else ""}{coding}"'
        sent = {
            "ETag": etag,
            "Vary": "Accept-Encoding",
            "Cache-Control": _FOR_EVER if path == self.alias else _HOUR,
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        kind = "text/javascript; charset=utf-8"
        if _matches(headers.get("if-none-match", ""), etag):
            return WireReply(status=304, content_type=kind, headers=sent)
        if coding:
            sent["Content-Encoding"] = coding
        return WireReply(body=self.forms[coding], content_type=kind, headers=sent)


def _preferred(accepted: str) -> str:
    """The best coding the client names and does not refuse with q=0; "" for none."""
    weights: dict[str, bool] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = not _is_zero(parameters)
    return next((coding for coding in _CODINGS if weights.get(coding, weights.get("*", False))), "")


def _is_zero(parameters: str) -> bool:
    key, _, value = parameters.strip().partition("=")
    try:
        return key.strip() == "q" and float(value) == 0
    except ValueError:
        return False


def _matches(condition: str, etag: str) -> bool:
    """If-None-Match, compared weakly (RFC 9110, 13.1.2)."""
    if condition.strip() == "*":
        return True
    return etag in (part.strip().removeprefix("W/") for part in condition.split(","))
