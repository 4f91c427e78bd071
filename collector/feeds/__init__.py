"""The feeds: which there are, what each is asked with, and whose links carry which tool (docs/feeds.md).

Here is no store and no HTTP: `collector.history.feed` answers, `collector.feeds.paths` speaks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from collector.wire import Ask

Name = Literal["recently_viewed", "recently_added_to_cart", "bought_together", "bought_next", "popular_now"]
About = Literal["visitor", "product", "shop"]

FEEDS: Mapping[str, About] = {
    "recently_viewed": "visitor",
    "recently_added_to_cart": "visitor",
    "bought_together": "product",
    "bought_next": "product",
    "popular_now": "shop",
}
"""Every feed by name, and what its answer depends on."""

MOST = 50
"""Products in one answer."""

FARTHEST = 200
"""The first product of an answer is one of so many."""

MOST_SEEDS = 10
"""Products that one question may name."""

LONGEST_HOURS = 168
USUAL_HOURS = 24
CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


class Tool(NamedTuple):
    """What a link says led to the product: `recommended_by` and `recommended_code`."""

    by: str
    code: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed is asked. `did` for a visitor's, `items` for products'; both leave `items` out."""

    feed: Name
    did: str = ""
    items: tuple[str, ...] = ()
    limit: int = 10
    offset: int = 0
    by: Literal["all", "views", "adds", "purchases"] = "all"  # popular_now: what counts
    hours: int = USUAL_HOURS  # popular_now: how far back


class Legacy(NamedTuple):
    """The feed that answers an old recommender's type, and how."""

    feed: Name
    by: Literal["all", "purchases"] = "all"
    hours: int = USUAL_HOURS


LEGACY: Mapping[str, Legacy] = {
    "recently_viewed": Legacy("recently_viewed"),
    "also_bought": Legacy("bought_together"),
    "popular": Legacy("popular_now", "all", LONGEST_HOURS),
    "buying_now": Legacy("popular_now", "purchases", USUAL_HOURS),
}
"""Types of `recommend` that a shop may have answered (docs/wire/r46.md §7.1)."""


def ask(question: Question) -> Ask:
    """The question as it travels to the store."""
    return Ask("feed", {"question": msgspec.json.encode(question).decode()})


def asked(params: Mapping[str, str]) -> Question:
    """The question that `ask` wrote; raises msgspec.MsgspecError for anything else."""
    return msgspec.json.decode(params.get("question", ""), type=Question)


def tool_of(feed: str, *, by: str = "dynamic", code: str = "") -> Tool:
    """A feed is a dynamic block called `feed_<name>`, unless the page gives its place a code of its own."""
    return Tool(by, code or f"feed_{feed}")


def needs(question: Question) -> str:
    """The parameter without which the feed has no answer; "" where nothing is missing."""
    about = FEEDS[question.feed]
    if about == "visitor" and not question.did:
        return "did"
    return "item" if about == "product" and not question.items else ""


def seeds(written: Sequence[str]) -> tuple[str, ...]:
    """Ids of products, each once, in their order; those beyond `MOST_SEEDS` are left out."""
    return tuple(dict.fromkeys(one for one in written if one))[:MOST_SEEDS]
