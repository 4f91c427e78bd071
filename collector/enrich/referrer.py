"""Where a visitor came from, judged by the referring page's host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collector.enrich.hosts import host_of, kind_of, site_of

ReferrerKind = Literal["none", "internal", "search", "social", "email", "payment", "external"]


@dataclass(frozen=True, slots=True)
class Referrer:
    """`host` is None exactly where `kind` is "none"."""

    host: str | None
    kind: ReferrerKind


NONE = Referrer(None, "none")


def referrer_of(referrer: str | None, page_url: str | None) -> Referrer:
    """The referring host and what it means. Never raises.

    A page of the same registered name is internal. Payment and sign-in pages are
    "payment": the visitor comes back from them, they never brought one.
    """
    host = host_of(referrer)
    if host is None:
        return NONE
    page = host_of(page_url)
    if page is not None and (page == host or site_of(page) == site_of(host)):
        return Referrer(host, "internal")
    return Referrer(host, kind_of(host) or "external")
