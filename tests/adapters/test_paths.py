"""Every path the protocol's document lists is one of ours, and has a recorded request."""

from __future__ import annotations

import itertools
import json
import re

from collector.adapters import load_adapters
from collector.routing import Routes
from tests.adapters.wired import CASES

LISTED = """
GET /init
POST /push
POST /push/custom
POST /profile/set
POST /push_attributes
GET /profile
POST /track/stories
POST /track/{delivered,opened,received,clicked,closed}
POST /popup/showed
POST /segments/{add,remove,get,includes}
GET /segments/get
POST /mobile_push_tokens
POST /nps/create
POST /subscriptions/*
POST /loyalty/members/join
POST /web_push_subscriptions
POST /web_push_subscriptions/*
POST /sync/orders
GET /products/{cart,counters,get}
GET /products
GET /recommend
GET /recommend/:code
GET /search
GET /search/{blank,collection}
GET /category/:id
GET /collection/:id
GET /slider
GET /stories/:code
GET /nps/{categories,channels}
GET /orders/last_for_user
GET /loyalty/members/status
GET /generate_ssid
GET /init_script
GET /pixel.gif
POST /collect
"""
"""The table of docs/wire/r46.md §5.1, and the old subscriptions' own path above those below it."""
ADAPTERS = load_adapters()
OURS = (*ADAPTERS["r46"].endpoints, *ADAPTERS["pixel"].endpoints)
ROUTES = Routes(OURS)


def listed() -> set[tuple[str, str]]:
    lines = (line.split() for line in LISTED.split("\n") if line)
    return {(method, path) for method, short in lines for path in spelled(short)}


def spelled(path: str) -> list[str]:
    """`/nps/{a,b}` is two paths."""
    parts = [part.split(",") for part in re.split(r"\{([^}]*)\}", path)]
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def served() -> set[tuple[str, str]]:
    return {(method, one.path) for one in OURS for method in one.methods if method != "HEAD"}


def test_the_paths_of_the_document_are_those_that_are_served() -> None:
    assert served() == listed()


def test_every_path_has_a_recorded_request_of_each_method() -> None:
    asked = set()
    for file in (*CASES.glob("r46/*.json"), *CASES.glob("pixel/*.json")):
        for case in json.loads(file.read_text()):
            found = ROUTES.find(case["request"]["path"])
            assert found is not None
            asked.add((case["request"]["method"], found.endpoint.path))
    assert served() - asked == set()


def test_what_could_be_a_page_of_the_dashboard_is_shared_and_nothing_else() -> None:
    assert {one.path for one in OURS if one.shared} == {
        "/products",
        "/products/cart",
        "/products/counters",
        "/products/get",
        "/search",
        "/search/blank",
        "/search/collection",
        "/orders/last_for_user",
    }
