"""The demo shop's pages carry the tag and the calls of a real shop, and nothing unescaped."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from starlette.routing import Route

from collector.snippet import snippet
from collector.storefront.app import euros, storefront
from tests.storefront.asgi import Visitor

SHOP_ID = "0123456789abcdef0123456789abcd"
ORIGIN = "http://collector.test:8000"
LIVE = "http://collector.test:8000/live?shop=x&y=1"
CALL = re.compile(r"r46\((.*?)\);", re.DOTALL)
NASTY = "</script><script>alert(1)</script>\"'&{{7*7}}\u2028"


@pytest.fixture
def visitor() -> Visitor:
    numbers = count(1)
    return Visitor(storefront(ORIGIN, SHOP_ID, LIVE, new_order_id=lambda: f"H-{next(numbers)}"))


def calls(html: str) -> list[Any]:
    """The page's own r46 calls, without the snippet's init."""
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    return [
        json.loads(f"[{re.sub(chr(39), chr(34), call)}]")
        for script in scripts[1:]
        for call in CALL.findall(script)
    ]


def test_every_page_carries_the_snippet_and_the_way_to_the_dashboard(visitor: Visitor) -> None:
    for page in ("/", "/c/kitchen", "/p/101", "/search?q=kettle", "/cart", "/nowhere"):
        html = visitor.get(page).text
        assert snippet(SHOP_ID, ORIGIN) in html
        assert 'href="http://collector.test:8000/live?shop=x&amp;y=1"' in html


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("/", []),
        ("/c/kitchen", [["track", "category", "kitchen"]]),
        (
            "/p/101",
            [
                [
                    "track",
                    "view",
                    {
                        "id": "101",
                        "price": 39.9,
                        "stock": True,
                        "name": "Enamel Kettle 1.6 l, Poppy Red",
                        "brand": "Hearthwell",
                        "categories": ["kitchen"],
                    },
                ]
            ],
        ),
        ("/search?q=moka", [["track", "search", {"query": "moka", "results": ["104"]}]]),
        ("/search?q=bicycle", [["track", "search", {"query": "bicycle", "results": []}]]),
        ("/cart", []),
    ],
)
def test_a_page_reports_what_it_shows(visitor: Visitor, page: str, expected: list[Any]) -> None:
    assert calls(visitor.get(page).text) == expected


def test_links_of_tools_name_the_tool_and_its_code(visitor: Visitor) -> None:
    product = visitor.get("/p/101").text
    assert "/p/102?recommended_by=dynamic&amp;recommended_code=similar_items" in product
    assert "recommended_by=dynamic&amp;recommended_code=bought_together" in product
    assert "recommended_by=dynamic&amp;recommended_code=home_hits" in visitor.get("/").text
    assert "recommended_by=stories&amp;recommended_code=look_book" in visitor.get("/").text
    assert (
        "/p/104?recommended_by=full_search&amp;recommended_code=moka%20pot"
        in visitor.get("/search?q=moka+pot").text
    )
    assert json.loads(visitor.get("/suggest?q=moka").text) == [
        {
            "name": "Moka Pot for Six",
            "price": "€34.90",
            "url": "/p/104?recommended_by=instant_search&recommended_code=moka",
        }
    ]


def test_a_search_for_markup_stays_text_in_page_and_script(visitor: Visitor) -> None:
    html = visitor.get("/search?q=" + quote(NASTY)).text
    assert "<script>alert(1)" not in html
    assert "49" not in re.sub(r"[^{}0-9]", "", html.split("<h1>")[1].split("</h1>")[0])
    assert calls(html)[0][2]["query"] == NASTY.strip()


def test_from_the_cart_to_the_thank_you_page(visitor: Visitor) -> None:
    assert visitor.post("/cart/add", {"id": "101", "amount": "2"}).headers["location"] == "/cart"
    visitor.post("/cart/add", {"id": "107"})
    added = visitor.post("/cart/add", {"id": "203"}, accept="application/json")
    assert json.loads(added.text) == {"count": 4}
    visitor.post("/cart/remove", {"id": "203"})
    cart = visitor.get("/cart").text
    assert calls(cart) == [
        [
            "track",
            "cart",
            [{"id": "101", "amount": 2, "price": 39.9}, {"id": "107", "amount": 1, "price": 29.9}],
        ]
    ]
    assert "recommended_code&#34;: &#34;cart_upsell" in cart
    assert "€109.70" in visitor.get("/checkout").text
    placed = visitor.post("/order", {"email": "ann@example.org", "promo": "save10"})
    assert (placed.status, placed.headers["location"]) == (303, "/thank-you/H-1")
    thanks = visitor.get("/thank-you/H-1").text
    assert calls(thanks) == [
        ["profile", "set", {"email": "ann@example.org"}],
        [
            "track",
            "purchase",
            {
                "products": [
                    {"id": "101", "amount": 2, "price": 39.9},
                    {"id": "107", "amount": 1, "price": 29.9},
                ],
                "order": "H-1",
                "order_price": 98.73,
                "order_delivery": 0.0,
                "promocode": "SAVE10",
            },
        ],
    ]
    assert calls(visitor.get("/thank-you/H-1").text) == calls(thanks)
    assert calls(visitor.get("/cart").text) == []


def test_an_empty_cart_cannot_be_ordered(visitor: Visitor) -> None:
    assert visitor.get("/checkout").headers["location"] == "/cart"
    assert visitor.post("/order", {"email": "a@b.example"}).headers["location"] == "/cart"


@pytest.mark.parametrize(
    "page", ["/p/999", "/c/bicycles", "/thank-you/H-9", "/nowhere", "/static/nothing.css"]
)
def test_what_does_not_exist_is_a_friendly_404(visitor: Visitor, page: str) -> None:
    answer = visitor.get(page)
    assert (answer.status, "Not here." in answer.text) == (404, True)


def test_junk_from_visitors_breaks_no_page(visitor: Visitor) -> None:
    visitor.cookies["hearth_cart"] = "101x1-<b>x2-999999x5-102x0"
    assert "Poppy Red" in visitor.get("/cart").text
    assert visitor.post("/cart/add", {"id": "<b>", "amount": "-1e9"}).status == 303
    assert visitor.post("/cart/add", {"id": "x" * 20_000}).status == 413
    assert visitor.get("/search?q=%20").headers["location"] == "/"


def test_pages_load_nothing_from_another_host_but_the_collector(visitor: Visitor) -> None:
    answer = visitor.get("/p/101")
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"', answer.text)
    assert loaded == [f"{ORIGIN}/v3.js"]
    assert f"connect-src 'self' {ORIGIN};" in answer.headers["content-security-policy"]
    assert not re.search(r"\s(?:style|on\w+)=", answer.text)


def test_files_are_served_with_their_types(visitor: Visitor) -> None:
    types = {
        name: visitor.get(f"/static/{name}").headers["content-type"]
        for name in ("shop.css", "shop.js", "goods.svg")
    }
    assert types == {
        "shop.css": "text/css; charset=utf-8",
        "shop.js": "text/javascript; charset=utf-8",
        "goods.svg": "image/svg+xml",
    }


def test_every_template_is_rendered_by_some_page(visitor: Visitor) -> None:
    for page in ("/", "/c/clean", "/p/222", "/search?q=lamp", "/search?q=zzz", "/cart", "/p/0"):
        visitor.get(page)
    visitor.post("/cart/add", {"id": "101"})
    visitor.get("/checkout")
    visitor.post("/order", {})
    assert "Thank you." in visitor.get("/thank-you/H-1").text
    home: Any = next(route for route in visitor.app.routes if isinstance(route, Route)).endpoint
    templates = home.__self__.templates
    rendered = {name for _, name in templates.cache}
    assert rendered == set(templates.list_templates())


@pytest.mark.parametrize(("cents", "text"), [(5, "€0.05"), (3_990, "€39.90"), (123_450, "€1,234.50")])
def test_prices_are_written_with_their_cents(cents: int, text: str) -> None:
    assert euros(cents) == text
