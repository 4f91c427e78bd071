"""What a destination is: pure functions from a canonical event to a vendor's request, and from its answer to a verdict.

Nothing here reads a clock, a file or the network; the forwarder does, see `collector.forwarder`.
The rules of states and codes are those of docs/wire/canonical.md, "Forwarder: common rules".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from collector.event import DecimalText, Event, Item

SettingKind = Literal["text", "secret", "url", "whole", "switch", "choice", "pairs", "words"]
"""A form's field. `pairs` is a mapping of text to text, `words` a tuple of texts; a `secret` is never shown."""

Fault = Literal["", "forbidden", "dns", "tls", "connect", "timeout", "cut", "storage"]
"""Why no answer came. `forbidden`: the address may not be reached from here; `storage`: a folder or bucket failed."""

Class = Literal["delivered", "rejected", "retry", "split", "auth", "config"]
"""`split`: something in the batch is wrong and nobody says what; `config`: wrong address or set-up."""

Options: TypeAlias = Mapping[str, Any]
"""Values of a destination's settings by name, typed, defaults filled in; never a secret."""

Secrets: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing to set. `default` has the type of the kind; `least` and `most` bound a `whole`.

    What it is called and what it means stands in the dashboard's texts, under the kind and the name.
    """

    name: str
    kind: SettingKind = "text"
    default: Any = ""
    needed: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000_000
    longest: int = 400
    rare: bool = False


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing told to the vendor. `body` is JSON text in the vendor's words.

    Commands of one `route` (a path, an endpoint, a visitor: whatever may share a request) are batched.
    `key` names the command in per-item answers. What `leads` stands before others of its request. What is
    `alone` shares a request with nothing, not even of its route.
    """

    route: str
    body: str
    key: str = ""
    leads: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """What to send for an event, in this order, and what of the event the vendor cannot express (`loss_…`).

    `lane`: what must stay in order with what has the same text; empty means the visitor.
    """

    commands: tuple[Command, ...]
    losses: tuple[str, ...] = ()
    lane: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeliverable:
    """The vendor has no words for it: one code of the `u_…` list, `u_field_too_long:search_term`."""

    code: str


Mapped: TypeAlias = Deliverable | Undeliverable


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a mapping may know beside the event.

    `cart` is the visitor's cart after the event and `before` that before it, None where unknown (canonical
    §8, only for destinations with `carts`); `cart_ref` a stable name of this cart until its purchase.
    `session_id` is the visitor's last known one. `item_name` looks a product's name up. Shop, vendor, endpoint
    and `request_id` are those of the request that the event came in, "" where untold.
    `order_value` is what the event's order was placed at, where that is known.
    """

    options: Options
    received_at: datetime
    currency: str = ""
    cart: tuple[Item, ...] | None = None
    before: tuple[Item, ...] | None = None
    cart_ref: str = ""
    session_id: str | None = None
    item_name: Callable[[str], str | None] = lambda item_id: None
    shop_id: str = ""
    vendor: str = ""
    endpoint: str = ""
    request_id: str = ""
    order_value: DecimalText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. `secret_headers` and `secret_query` are added when it is sent and told to nobody.

    `signing`: a secret under which the sender signs time and body, as webhooks of reports are signed.
    """

    url: str
    body: bytes = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    signing: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One file. `place` is a folder's path or the address of a bucket, `name` is relative to it.

    A file of the same name is replaced as a whole, so that writing it again changes nothing.
    """

    place: str
    name: str
    body: bytes
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


Outgoing: TypeAlias = Request | Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `status` 0: nothing did, and `fault` says why. `sent`: the vendor may have read all of it.

    Header names are lower case; of the body the first 64 KiB are kept.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault = ""
    sent: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an answer means for a request.

    `refused` names commands of a delivered batch that the vendor refused, by their place in it, with its words.
    `wait_s` is the least time before the same is sent again. `code` replaces `r_rejected` of a `rejected`.
    """

    verdict: Class
    text: str = ""
    refused: Mapping[int, str] = field(default_factory=dict)
    wait_s: float = 0.0
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was answered: its commands in their order, and how often it was tried before (0 the first time)."""

    commands: Sequence[Command]
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`commands` and `bytes` a request; `lanes` of which each has one request in flight, in order;

    `rate` requests a second at most (0 for none); times in seconds. An event waits up to `linger_s` for
    company, where its request is not full before.
    """

    commands: int = 1
    bytes: int = 256 * 1024
    lanes: int = 4
    rate: float = 0.0
    connect_s: float = 2.0
    total_s: float = 10.0
    linger_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A request as it was taken, credentials removed. `query` is the raw query string."""

    method: str
    path: str
    query: str
    content_type: str
    body: bytes


def _never(event: Event, options: Options) -> bool:
    return False


def _no_relay(raw: RawRequest, options: Options) -> Command | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One kind of destination: everything that is known of a vendor's way in.

    `vendor` is the inbound vendor whose raw requests can be passed on by `relay` (a command, or None where
    this request cannot be), empty for none. `whole_orders`: lines are assembled to one purchase first.
    `carts`: mapping asks for cart states. `names`: it asks for names of products. `timeless(event, options)`: the
    vendor counts it as happening when it is told. `oldest_s`: older events are moved to that age by the vendor,
    so that one which is older when it is sent is `u_ts_out_of_range` (0 for any age). `probe` makes the `test`
    request, whose answer `probed` judges.
    """

    kind: str
    settings: tuple[Setting, ...]
    map: Callable[[Event, Context], Mapped]
    pack: Callable[[Sequence[Command], Options, Secrets], Outgoing]
    judge: Callable[[Sent, Answer], Judgement]
    limits: Callable[[Options], Limits]
    probe: Callable[[Options, Secrets], Outgoing]
    probed: Callable[[Answer], Judgement]
    vendor: str = ""
    whole_orders: bool = False
    carts: bool = False
    names: bool = False
    oldest_s: float = 0.0
    timeless: Callable[[Event, Options], bool] = _never
    relay: Callable[[RawRequest, Options], Command | None] = _no_relay
