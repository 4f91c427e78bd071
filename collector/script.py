"""What a shop's page loads of us, as web resources: bytes, codings, validators and caching.

Rules of docs/wire/r46.md, "Script resource". The files are read once and never personalised,
so any cache may keep them. A released script stays at the address with its hash for ever.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field

import brotli

import static
from collector.wire import WireReply
from static import versions

NAMES = frozenset({"/v3.js", "/r46v3.js", "/r46.js"})
VIEWS = "/views.js"
FEEDS = "/feeds.js"
DECLARATIONS = "/r46.d.ts"

_HOUR = "public, max-age=3600"
_FOR_EVER = "public, max-age=31536000, immutable"
_CODINGS = ("br", "gzip")  # the smaller first
_JAVASCRIPT = "text/javascript; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A file in every form it is sent in. `hash` is 12 hex digits of its SHA-256."""

    forms: Mapping[str, bytes]  # by content coding; "" is the file itself
    hash: str
    content_type: str

    @classmethod
    def of(cls, content: bytes, content_type: str = _JAVASCRIPT) -> Resource:
        """A file of these bytes, compressed once for all requests."""
        forms = {
            "": content,
            "gzip": gzip.compress(content, compresslevel=9, mtime=0),
            "br": brotli.compress(content, quality=11),
        }
        return cls(forms=forms, hash=versions.short_hash(content), content_type=content_type)

    def reply(self, headers: Mapping[str, str], caching: str) -> WireReply:
        """The answer to a GET or HEAD with these lower-case headers."""
        coding = _preferred(headers.get("accept-encoding", ""))
        etag = f'"{self.hash}{"-" if coding else ""}{coding}"'
        sent = {
            "ETag": etag,
            "Vary": "Accept-Encoding",
            "Cache-Control": caching,
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if _matches(headers.get("if-none-match", ""), etag):
            return WireReply(status=304, content_type=self.content_type, headers=sent)
        if coding:
            sent["Content-Encoding"] = coding
        return WireReply(body=self.forms[coding], content_type=self.content_type, headers=sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The main script and what belongs to it, by path."""

    main: Resource
    others: Mapping[str, Resource] = field(default_factory=dict)  # as they are now
    kept: Mapping[str, Resource] = field(default_factory=dict)  # at addresses that name their bytes

    @classmethod
    def load(cls) -> Script:
        """The files of this installation and every release before. OSError where one is missing."""
        main = Resource.of(static.path("v3.js").read_bytes())
        views = Resource.of(static.path("views.js").read_bytes())
        feeds = Resource.of(static.path("feeds.js").read_bytes())
        types = Resource.of(static.path("r46.d.ts").read_bytes(), _TEXT)
        now = {f"/views.{views.hash}.js": views}
        older = [release for release in versions.releases() if release.hash not in (main.hash, views.hash)]
        files = {one.path: Resource.of((versions.FOLDER / one.file).read_bytes()) for one in older}
        return cls(main=main, others={VIEWS: views, FEEDS: feeds, DECLARATIONS: types}, kept={**files, **now})

    @classmethod
    def of(cls, content: bytes) -> Script:
        """A main script of these bytes, alone."""
        return cls(main=Resource.of(content))

    @property
    def forms(self) -> Mapping[str, bytes]:
        """The main script by content coding."""
        return self.main.forms

    @property
    def alias(self) -> str:
        """The path that names the main script's bytes and no others, cacheable for ever."""
        return f"/v3.{self.main.hash}.js"

    def serve(self, path: str, headers: Mapping[str, str]) -> WireReply | None:
        """The answer to a GET or HEAD with these lower-case headers; None if the path is none of ours."""
        if path in NAMES:
            return self.main.reply(headers, _HOUR)
        if path in self.others:
            return self.others[path].reply(headers, _HOUR)
        pinned = self.main if path == self.alias else self.kept.get(path)
        return pinned.reply(headers, _FOR_EVER) if pinned else None


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
