"""The demo shop's pages: catalogue, product, search, cart, checkout, thank you.

Everything is rendered here and works without JavaScript. Each page carries the pasted
snippet and the `r46('track', …)` calls that a shop's developer would write into its
template. Orders are kept in memory: this shop sells nothing.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import static
from collector.simulator.catalogue import bought_together, categories, category, products, search, similar
from collector.snippet import snippet
from collector.storefront.cart import CODES, Cart, Order

COOKIE = "hearth_cart"
MOST_ORDERS = 1_000
LONGEST_QUERY = 100
LARGEST_FORM = 10_000
HITS = ("101", "129", "145", "111", "168", "175", "207", "118")
LOOKS = (("Slow Sunday", "107"), ("Table for six", "148"), ("Bread day", "158"), ("By candlelight", "195"))

NewId = Callable[[], str]


def storefront(
    collector_origin: str,
    shop_id: str,
    dashboard_url: str,
    *,
    feed_key: str = "",
    new_order_id: NewId | None = None,
) -> Starlette:
    """The shop, tracked by the collector at that origin; `dashboard_url` is where to watch it.

    With a `feed_key` its pages show what the collector's feeds give.
    """
    shop = _Storefront(
        origin=collector_origin,
        dashboard_url=dashboard_url,
        snippet=snippet(shop_id, collector_origin),
        feed_key=feed_key,
        new_order_id=new_order_id or (lambda: f"H-{secrets.token_hex(4).upper()}"),
    )
    return Starlette(
        routes=[
            Route("/", shop.home),
            Route("/c/{category_id}", shop.shelf),
            Route("/p/{product_id}", shop.product),
            Route("/search", shop.search),
            Route("/suggest", shop.suggest),
            Route("/cart", shop.cart),
            Route("/cart/add", shop.add, methods=["POST"]),
            Route("/cart/remove", shop.remove, methods=["POST"]),
            Route("/checkout", shop.checkout),
            Route("/order", shop.order, methods=["POST"]),
            Route("/thank-you/{order_id}", shop.thanks),
            Mount("/static", StaticFiles(directory=static.path("storefront"))),
        ],
        exception_handlers={404: shop.missing},
    )


def euros(cents: int) -> str:
    """ "€1,234.50" """
    return f"€{cents // 100:,}.{cents % 100:02d}"


@dataclass(slots=True, kw_only=True)
class _Storefront:
    """The pages. `orders` holds the latest, by the id in the thank-you page's address."""

    origin: str
    dashboard_url: str
    snippet: str
    feed_key: str
    new_order_id: NewId
    orders: OrderedDict[str, Order] = field(default_factory=OrderedDict)
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        self.templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters["euros"] = euros
        self.templates.globals |= {
            "shelves": categories(),
            "link": _link,
            "feed_key": self.feed_key,
            "feed_origin": self.origin,
        }

    def page(self, request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A rendered page. Nothing from another host but the collector may load."""
        known = {
            "snippet": self.snippet,
            "dashboard_url": self.dashboard_url,
            "cart": _cart(request),
            "query": "",
        }
        html = self.templates.get_template(name).render(**{**known, **context})
        ours = f"'self' {self.origin}"
        policy = (
            f"default-src 'self'; script-src {ours} 'unsafe-inline'; connect-src {ours}; "
            "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        )
        return HTMLResponse(
            html,
            status_code=status,
            headers={
                "content-security-policy": policy,
                "x-content-type-options": "nosniff",
                "cache-control": "no-store",
            },
        )

    async def home(self, request: Request) -> Response:
        hits = [products()[product_id] for product_id in HITS]
        looks = [(title, products()[product_id]) for title, product_id in LOOKS]
        return self.page(request, "home.html", hits=hits, looks=looks)

    async def shelf(self, request: Request) -> Response:
        found = category(request.path_params["category_id"])
        if found is None:
            raise HTTPException(404)
        return self.page(request, "category.html", shelf=found, popular=found.products[:4])

    async def product(self, request: Request) -> Response:
        found = products().get(request.path_params["product_id"])
        if found is None:
            raise HTTPException(404)
        return self.page(
            request,
            "product.html",
            product=found,
            shelf=category(found.category_id),
            similar=similar(found.product_id),
            together=bought_together(found.product_id),
        )

    async def search(self, request: Request) -> Response:
        query = _query(request)
        if not query:
            return RedirectResponse("/", 303)
        return self.page(request, "search.html", query=query, found=search(query))

    async def suggest(self, request: Request) -> Response:
        """What instant search shows while somebody types."""
        query = _query(request)
        return JSONResponse(
            [
                {
                    "name": product.name,
                    "price": euros(product.cents),
                    "url": _link(product.product_id, "instant_search", query),
                }
                for product in search(query)[:6]
            ]
        )

    async def cart(self, request: Request) -> Response:
        pieces = _cart(request).pieces
        upsell = bought_together(next(iter(pieces))) if pieces else ()
        return self.page(request, "cart.html", upsell=upsell)

    async def add(self, request: Request) -> Response:
        form = await _form(request)
        amount = form.get("amount", "1")
        count = int(amount) if amount.isascii() and amount.isdigit() else 1
        return _keep(request, _cart(request).with_more(form.get("id", ""), count))

    async def remove(self, request: Request) -> Response:
        form = await _form(request)
        return _keep(request, _cart(request).without(form.get("id", "")))

    async def checkout(self, request: Request) -> Response:
        cart = _cart(request)
        if not cart.count:
            return RedirectResponse("/cart", 303)
        return self.page(request, "checkout.html", order=Order(order_id="", cart=cart))

    async def order(self, request: Request) -> Response:
        form = await _form(request)
        cart = _cart(request)
        if not cart.count:
            return RedirectResponse("/cart", 303)
        promo = form.get("promo", "").strip().upper()
        placed = Order(
            order_id=self.new_order_id(),
            cart=cart,
            email=form.get("email", "").strip()[:200],
            promo=promo if promo in CODES else "",
        )
        self.orders[placed.order_id] = placed
        while len(self.orders) > MOST_ORDERS:
            self.orders.popitem(last=False)
        answer = RedirectResponse(f"/thank-you/{quote(placed.order_id)}", 303)
        answer.delete_cookie(COOKIE)
        return answer

    async def thanks(self, request: Request) -> Response:
        placed = self.orders.get(request.path_params["order_id"])
        if placed is None:
            raise HTTPException(404)
        return self.page(request, "thanks.html", order=placed)

    async def missing(self, request: Request, _: Exception) -> Response:
        return self.page(request, "missing.html", status=404)


def _link(product_id: str, by: str = "", code: str = "") -> str:
    """A product's address; a tool's link says which tool and which code."""
    address = f"/p/{product_id}"
    if not by:
        return address
    return f"{address}?recommended_by={by}" + (f"&recommended_code={quote(code, safe='')}" if code else "")


def _query(request: Request) -> str:
    return request.query_params.get("q", "").strip()[:LONGEST_QUERY]


def _cart(request: Request) -> Cart:
    return Cart.read(request.cookies.get(COOKIE, ""))


def _keep(request: Request, cart: Cart) -> Response:
    """Remember the cart and show it, or only say its count to the page's script."""
    answer: Response
    if "application/json" in request.headers.get("accept", ""):
        answer = JSONResponse({"count": cart.count})
    else:
        answer = RedirectResponse("/cart", 303)
    answer.set_cookie(COOKIE, cart.written(), max_age=30 * 86_400, httponly=True, samesite="lax")
    return answer


async def _form(request: Request) -> dict[str, str]:
    """The first value of each field; raises 413 for a form that is none of ours."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM:
            raise HTTPException(413)
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
