"""GET /feeds/<name>: who asks, what is answered, and how long it may be kept (docs/feeds.md).

The key is public and opens nothing but the feeds of its shop. Nothing of a question is stored.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import structs

from collector import reasons
from collector.errors import Rejected
from collector.feeds import CODE, FARTHEST, FEEDS, LONGEST_HOURS, MOST, Question, ask, needs, seeds, tool_of
from collector.feeds.products import products
from collector.reading.parameters import Parameters, parameters
from collector.reading.screen import privacy
from collector.wire import (
    Adapter,
    Decoded,
    Endpoint,
    Judged,
    Raw,
    Shop,
    Shops,
    Told,
    WireReply,
    WireRequest,
    inform,
)

VENDOR = "feeds"
KEY = "feed_key"
ENDPOINT = "feeds"
PUBLIC_SECONDS = 60
BY = ("all", "views", "adds", "purchases")
UNTOLD = Judged(outcome="ignored", codes=("history_unavailable",))


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """The question of a request; raises Rejected where it is none, or nobody's."""
    given = parameters(request.query)
    shop = _shop(given.get("key"), shops)
    question = _question(request.params["name"], given, shop)
    hidden = FEEDS[question.feed] == "visitor" and bool(
        privacy(request, shop, given.without(())).code  # who wants to stay unknown is not looked up
    )
    origin = request.headers.get("origin")
    return Decoded(
        shop_id=shop.shop_id,
        vendor="rees46",
        endpoint=ENDPOINT,
        judged=(),
        raw=Raw(method=request.method, path=request.path),
        store=False,
        ask=None if hidden else ask(question),
        facts={
            "question": question,
            "tool": tool_of(question.feed, code=_code(given, shop)),
            "origins": shop.origins or ((origin,) if origin else ()),
        },
    )


def informed(decoded: Decoded, told: Told | None) -> Decoded:
    """What cannot be told now is an error: an empty feed would say that there is nothing."""
    return structs.replace(decoded, judged=(UNTOLD,)) if told is None else inform(decoded, told)


def answer(decoded: Decoded) -> WireReply:
    """The feed's products, and whether there are more."""
    if decoded.judged:
        return structs.replace(refuse("history_unavailable", 503, ""), headers={"Retry-After": "2"})
    question: Question = decoded.facts["question"]
    told = decoded.facts.get("history")
    body = {
        "status": "success",
        "feed": question.feed,
        "items": products(told, decoded.facts["origins"], decoded.facts["tool"]),
        "more": bool(told and told["more"]),
    }
    return WireReply(body=msgspec.json.encode(body), headers=_caching(question))


def refuse(code: str, status: int, message: str) -> WireReply:
    """The error shape of our own paths."""
    said = message or reasons.explain(code).explanation
    body = {"status": "error", "payload": {"message": said, "code": code}}
    return WireReply(status=status, body=msgspec.json.encode(body))


def _caching(question: Question) -> dict[str, str]:
    """A visitor's feed is nobody else's; what is the same for all may be kept for a minute.

    Answers differ by origin: in their links and in who may read them.
    """
    if FEEDS[question.feed] == "visitor":
        return {"Cache-Control": "private, no-store"}
    return {"Cache-Control": f"public, max-age={PUBLIC_SECONDS}", "Vary": "Origin"}


def _shop(key: str | None, shops: Shops) -> Shop:
    if key is None:
        raise Rejected("auth_missing", status=401, detail="add key=…, the shop's public feed key")
    found = shops.keys(VENDOR, KEY, key)
    shop = shops.find(found[0].shop_id) if found else None
    if shop is None:
        raise Rejected("auth_invalid", status=401, detail="no shop has this feed key")
    if not shop.active:
        raise Rejected("shop_disabled", status=403, shop_id=shop.shop_id)
    return shop


def _question(name: str, given: Parameters, shop: Shop) -> Question:
    if name not in FEEDS:
        raise Rejected("path_unknown", status=404, shop_id=shop.shop_id, detail="there is no such feed")
    by = given.get("by") or "all"
    if by not in BY:
        raise _odd("by", shop, f"by is one of {', '.join(BY)}")
    asked: dict[str, Any] = {
        "feed": name,
        "did": (given.get("did") or "").strip(),
        "items": seeds([value.strip() for key, value in given.pairs if key.lower() in ("item", "item[]")]),
        "limit": _number(given, "limit", 10, (1, MOST), shop),
        "offset": _number(given, "offset", 0, (0, FARTHEST), shop),
        "by": by,
        "hours": _number(given, "hours", 24, (1, LONGEST_HOURS), shop),
    }
    question = Question(**asked)
    if missing := needs(question):
        raise Rejected(
            f"field_missing:{missing}", status=422, shop_id=shop.shop_id, detail=f"this feed needs {missing}"
        )
    return question


def _number(given: Parameters, name: str, usual: int, limits: tuple[int, int], shop: Shop) -> int:
    written = given.get(name)
    if written is None:
        return usual
    least, most = limits
    if not (written.isascii() and written.isdigit() and len(written) < 10 and least <= int(written) <= most):
        raise _odd(name, shop, f"{name} is a number from {least} to {most}")
    return int(written)


def _code(given: Parameters, shop: Shop) -> str:
    code = given.get("code") or ""
    if code and not CODE.fullmatch(code):
        raise _odd("code", shop, "code is up to 64 of A-Z a-z 0-9 _ . -")
    return code


def _odd(name: str, shop: Shop, detail: str) -> Rejected:
    return Rejected(f"field_format:{name}", status=422, shop_id=shop.shop_id, detail=detail)


ADAPTER = Adapter(
    name="feeds",
    docs="docs/feeds.md",
    endpoints=(
        Endpoint(
            methods=("GET",),
            path="/feeds/:name",
            name=ENDPOINT,
            decode=decode,
            answer=answer,
            refuse=refuse,
            informed=informed,
            rate="feeds.rate",
        ),
    ),
)
