"""Hosts of addresses: which one, whose site, and what a visit from there means."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from collector.enrich.lists import words

HostKind = Literal["search", "social", "email", "payment"]
KINDS: tuple[HostKind, ...] = ("search", "social", "email", "payment")

_AUTHORITY_END = re.compile(r"[/?#\\]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*\Z")
_LONGEST_HOST = 253


def host_of(url: str | None) -> str | None:
    """The host in lower case, ASCII where it is a name, without port, user and final dot.

    None where the text is not an absolute address with a host. `//host/…` has one.
    """
    if not url:
        return None
    scheme, found, rest = url.strip().partition("//")
    if not found or (scheme and not (scheme.endswith(":") and _SCHEME.match(scheme[:-1]))):
        return None
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower() or None
    return _ascii(authority.partition(":")[0].strip().rstrip(".").lower())


def site_of(host: str) -> str:
    """The part of a host that one owner registers: "m.shop.co.uk" → "shop.co.uk"."""
    labels = host.split(".")
    if len(labels) <= 2 or labels[-1].isdigit() or ":" in host:
        return host
    kept = 3 if ".".join(labels[-2:]) in _suffixes() else 2
    return ".".join(labels[-kept:])


def kind_of(host: str) -> HostKind | None:
    """What the best known matching entry of the lists says; None for an unknown host."""
    exact, named = _known()
    labels = host.split(".")
    for start in range(len(labels)):
        kind = exact.get(".".join(labels[start:]))
        if kind:
            return kind
    return named.get(site_of(host).partition(".")[0]) if len(labels) > 1 else None


def _ascii(host: str) -> str | None:
    if not host or len(host) > _LONGEST_HOST:
        return None
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host


@cache
def _suffixes() -> frozenset[str]:
    return frozenset(words("hosts")["suffixes"])


@cache
def _known() -> tuple[dict[str, HostKind], dict[str, HostKind]]:
    """Entries by whole domain, and "name.*" entries by name."""
    exact: dict[str, HostKind] = {}
    named: dict[str, HostKind] = {}
    for kind in KINDS:
        for entry in words("hosts")[kind]:
            if entry.endswith(".*"):
                named[entry[:-2]] = kind
            else:
                exact[entry] = kind
    return exact, named
