"""Which path is read how: the table of docs/wire/r46.md §5.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from collector.adapters.r46 import collect, initial, orders, push, reads, recommend, unserved
from collector.adapters.r46.push import Manner, decoder
from collector.adapters.r46.reply import SUCCESS, answer, refuse
from collector.wire import Endpoint

POST, GET = ("POST",), ("GET",)
_written = partial(Endpoint, methods=POST, refuse=refuse, informed=push.informed)
_read = partial(Endpoint, methods=GET, name=reads.OTHER, refuse=refuse)

# The dashboard may have pages of these addresses.
_SHARED = ("/products", "/search", "/orders")
MANNERS: Mapping[str, Manner] = {
    "/push": Manner(surface="push", endpoint="rees46.push"),
    "/push/custom": Manner(surface="custom", endpoint="rees46.custom"),
    "/profile/set": Manner(
        surface="profile",
        endpoint="rees46.profile",
        ids=(("push_token", "push_token"),),
        hidden=frozenset({"push_token"}),
    ),
    "/push_attributes": Manner(surface="profile", endpoint="rees46.profile", body=push.attributes),
    "/popup/showed": Manner(surface="popup", endpoint=reads.OTHER),
    **{
        f"/segments/{verb}": Manner(surface="segments", endpoint=reads.OTHER, verb=verb)
        for verb in ("add", "remove")
    },
    **{
        f"/track/{verb}": Manner(surface="track", endpoint=unserved.TRACK, verb=verb)
        for verb in ("stories", *unserved.MESSAGES)
    },
    "/mobile_push_tokens": unserved.TOKENS,
    "/nps/create": unserved.NPS,
}


def endpoints() -> tuple[Endpoint, ...]:
    """Every path of the protocol but the pixel."""
    return (*_events(), *_unserved(), *_starts(), *_stubs(), *_tools(), *_answers())


def _events() -> Iterator[Endpoint]:
    for path, manner in MANNERS.items():
        yield _written(path=path, name=manner.endpoint, decode=decoder(manner), answer=answer)
    yield Endpoint(
        methods=POST,
        path="/collect",
        name=collect.ENDPOINT,
        decode=collect.decode,
        answer=collect.answer,
        refuse=refuse,
        body_limit=collect.BODY_LIMIT,
    )
    yield Endpoint(
        methods=POST,
        path="/sync/orders",
        name=orders.ENDPOINT,
        decode=orders.decode,
        answer=orders.answer,
        refuse=refuse,
    )


def _unserved() -> Iterator[Endpoint]:
    """What nobody will do: stored, and answered as the shop's setting says."""
    for path, decode in (
        ("/subscriptions/*", unserved.decode_subscriptions),
        ("/loyalty/members/join", unserved.decode_loyalty),
        ("/web_push_subscriptions", unserved.decode_web_push),
        ("/web_push_subscriptions/*", unserved.decode_web_push),
    ):
        yield _written(path=path, name=reads.OTHER, decode=decode, answer=unserved.answer)


def _starts() -> Iterator[Endpoint]:
    yield Endpoint(
        methods=GET,
        path="/init",
        name="rees46.init",
        decode=initial.decode,
        answer=initial.answer,
        refuse=refuse,
        informed=initial.informed,
    )
    yield _read(path="/init_script", decode=initial.decode_script, answer=initial.answer_script)
    yield _read(path="/generate_ssid", decode=reads.decode_ssid, answer=reads.answer_ssid)


def _stubs() -> Iterator[Endpoint]:
    """Lists and lookups nobody serves: empty."""
    for path, body in {
        "/products": reads.NO_PRODUCTS,
        "/products/get": reads.NO_PRODUCTS,
        "/category/:id": reads.NO_PRODUCTS,
        "/collection/:id": reads.NO_PRODUCTS,
        "/slider": {"slides": []},
        "/stories/:code": {"stories": []},
        "/nps/categories": [],
        "/nps/channels": [],
        "/orders/last_for_user": {},
        "/loyalty/members/status": {},
    }.items():
        yield _read(path=path, decode=reads.stub(body), answer=reads.answer_body, shared=_is_shared(path))
    includes = reads.stub({"status": "success"})
    yield Endpoint(
        methods=POST,
        path="/segments/includes",
        name=reads.OTHER,
        decode=includes,
        answer=lambda decoded: SUCCESS,
        refuse=refuse,
    )


def _tools() -> Iterator[Endpoint]:
    for path, empty, shape in (
        ("/recommend", _no_ids, recommend.ids),
        ("/recommend/:code", _no_block, recommend.block),
    ):
        asked = reads.tool("recommend", empty, recommend.asks(shape))
        yield _read(path=path, decode=asked, answer=recommend.answer)
    for path, body in {
        "/search": _no_products,
        "/search/blank": _no_products,
        "/search/collection": _no_products,
    }.items():
        decode = reads.tool(path.removeprefix("/"), body)
        yield _read(path=path, decode=decode, answer=reads.answer_body, shared=_is_shared(path))


def _answers() -> Iterator[Endpoint]:
    """What is answered from what is stored."""
    profile, cart = reads.asking(reads.ask_device("profile")), reads.asking(reads.ask_device("cart"))
    counters, segments = reads.asking(reads.ask_item, personal=False), reads.asking(reads.ask_segments)
    yield _read(path="/profile", decode=profile, answer=reads.answer_profile)
    needed = partial(_read, informed=reads.informed, shared=True)
    yield needed(path="/products/cart", decode=cart, answer=reads.answer_cart)
    yield needed(path="/products/counters", decode=counters, answer=reads.answer_counters)
    yield Endpoint(
        methods=("GET", "POST"),
        path="/segments/get",
        name=reads.OTHER,
        decode=segments,
        answer=reads.answer_segments,
        refuse=refuse,
    )


def _is_shared(path: str) -> bool:
    return path.startswith(_SHARED)


def _no_ids(code: str) -> Any:
    return []


def _no_block(code: str) -> Any:
    return {"id": None, "code": code, "title": "", "html": "", "recommends": []}


def _no_products(code: str) -> Any:
    return reads.NO_PRODUCTS
