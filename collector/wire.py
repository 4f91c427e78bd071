"""What an adapter sees of an HTTP request, and what it may say back.

Nothing here imports Starlette: an adapter is a function from bytes to events,
testable from a file on disk. What is made for every event is a msgspec struct, which
costs a fifth of a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from collector.event import Event

Outcome = Literal["accepted", "quarantined", "duplicate", "ignored", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop as the collector needs it: a frozen snapshot of its settings."""

    shop_id: str
    name: str = ""
    secret_sha256: str = ""  # hex; empty where the shop has no secret
    strict: bool = False
    active: bool = True
    currency: str = "EUR"
    timezone: str = "UTC"
    origins: tuple[str, ...] = ()
    session_gap_s: int = 7200
    gpc: Literal["anonymous", "deny"] = "anonymous"
    consent_off: Literal["nothing", "anonymous"] = "nothing"
    unserved_writes: Literal["error", "accept"] = "error"
    known_tools: tuple[str, ...] = ()
    custom_names: tuple[str, ...] = ()
    pageviews: bool = True
    first_party_cookie: bool = False
    url_identity: bool = False
    external_did: bool = False
    now_window_min: int = 15
    rate_limit: int = 0  # requests a second; 0 for no limit
    options: Mapping[str, str] = field(default_factory=dict)  # see collector.options
    cancelled_statuses: tuple[str, ...] = ("CANCELLED", "cancelled", "canceled", "refunded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a shop's requests in a vendor's protocol are known by.

    `public` holds what anybody may see (partner id, project, site), `hashes` the SHA-256 of
    each secret in hex, `kept` secrets that verify signatures. `created_at` and `revoked_at`
    are epoch seconds.
    """

    key_id: str
    shop_id: str
    vendor: str
    public: Mapping[str, str]
    hashes: Mapping[str, str]
    kept: Mapping[str, str]
    created_at: float
    revoked_at: float | None = None


class Shops(Protocol):
    """The shops known at this moment."""

    def find(self, shop_id: str) -> Shop | None:
        """The shop of that id, active or not; None where there is none."""

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """Keys in force of a vendor with that public value, or that hash, of that name."""


class WireRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request after transport rules: routed, inflated, within its limit.

    `query` is the raw query string; `headers` has lower-case names and the last
    value of each; `body` is decompressed. `params` are the named segments of the
    endpoint's path, percent-decoded. `new_id` makes a UUIDv7 for this moment.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    params: Mapping[str, str] = {}
    body: bytes = b""
    received_at: datetime
    request_id: str
    new_id: Callable[[], str]


class WireReply(msgspec.Struct, frozen=True, kw_only=True):
    """Status, body and extra headers of an answer; CORS and verdict are added outside."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one event of a request.

    `event` is present for accepted events and for ignored ones that could be read.
    `codes` are reasons and notes of `collector.reasons`. `status` is the vendor's
    status in strict mode, 0 where it does not apply. `eid` is the sender's own id.
    """

    outcome: Outcome = "accepted"
    event: Event | None = None
    codes: tuple[str, ...] = ()
    pointer: str = ""
    status: int = 0
    eid: str = ""
    name: str = ""  # the sender's event name, for people


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """The request as it came, credentials removed; the only lossless form."""

    method: str
    path: str
    query: str = ""
    content_type: str = ""
    body: bytes = b""


class Ask(msgspec.Struct, frozen=True):
    """A question about what is stored already. Answers are described at `History`."""

    kind: Literal["cart", "counters", "profile", "segments", "device", "feed"]
    params: Mapping[str, str] = {}


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A whole request, understood: whose it is, what each event became, what to keep.

    With `ask`, the answer of the history goes to the endpoint's `informed` before anything
    is stored. `others`: what the same request is for further shops, a record each, stored
    together with this one or not at all.
    """

    shop_id: str
    vendor: str
    endpoint: str
    judged: Sequence[Judged]
    raw: Raw
    store: bool = True  # False for reads, which leave no trace
    facts: Mapping[str, Any] = {}  # for `answer`, e.g. ids made by /init
    ask: Ask | None = None
    others: Sequence[Decoded] = ()


Told = Mapping[str, Any]


class History(Protocol):
    """What is stored already, for the few requests whose answer depends on it.

    `cart` (did): `items`, a list of `uniqid` and `quantity`. `counters` (item): `daily`
    and `now`, each with `view`, `cart` and `purchase`. `profile` (did): `known`, `gender`,
    `bought_something`, `has_email`, `custom_properties`. `segments` (did, email, phone):
    `segments`, a list of `id` and `type`. `device` (did, sid): `known`, `sid` of its last
    event and `last_at`, `sid_last_at` of the sid that was sent; times are RFC 3339. `feed`
    (question): `items`, a list of `id`, `score` and what is known of them, and `more`.
    """

    async def answer(self, shop: Shop, ask: Ask) -> Told | None:
        """The answer, or None where it cannot be told now."""


def inform(decoded: Decoded, told: Told | None) -> Decoded:
    """The request with what the history told under `facts["history"]`."""
    return msgspec.structs.replace(decoded, facts={**decoded.facts, "history": told})


Decode = Callable[[WireRequest, Shops], Decoded]
Answer = Callable[[Decoded], WireReply]
Informed = Callable[[Decoded, "Told | None"], Decoded]
Refuse = Callable[[str, int, str], WireReply]
"""From reason code, HTTP status and our text to the vendor's error shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One path an adapter speaks. `name` is the record's endpoint column.

    A path may hold `:name` segments and end in `/*`, which stands for one or more of them.
    `shared`: the dashboard may have a page of that path, so it is this endpoint's only
    where the query names a shop. `rate` is the option that limits its requests a second,
    "" for the shop's own setting; surfaces with an option are counted apart.
    """

    methods: tuple[str, ...]
    path: str
    name: str
    decode: Decode
    answer: Answer
    refuse: Refuse
    informed: Informed = inform
    shared: bool = False
    rate: str = ""
    vendor: str = "rees46"
    body_limit: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A vendor's protocol: its name, its document and its endpoints."""

    name: str
    docs: str
    endpoints: tuple[Endpoint, ...]
