"""What the demo shop sells, and what stands beside what on its pages.

The goods are in catalogue.toml. Ids are stable: category by category, from 101 on.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_WORD = re.compile(r"\w+")
_ENDINGS = ("ies", "es", "s")


@dataclass(frozen=True, slots=True)
class Product:
    """One article; `cents` is its price in hundredths of a euro, a multiple of ten."""

    product_id: str
    name: str
    brand: str
    category_id: str
    cents: int

    @property
    def price(self) -> float:
        """Euros, for JSON: two decimals at most, so the text of the number is exact."""
        return self.cents / 100


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the shop. `words` are further words by which its goods are found."""

    category_id: str
    title: str
    words: str
    products: tuple[Product, ...]


@cache
def categories() -> tuple[Category, ...]:
    """All shelves, in the order of the file."""
    found = tomllib.loads((files(__package__) / "catalogue.toml").read_text(encoding="utf-8"))
    shelves: list[Category] = []
    number = 101
    for category_id, shelf in found.items():
        goods = tuple(
            Product(str(number + place), name, brand, category_id, round(price * 100))
            for place, (name, brand, price) in enumerate(shelf["goods"])
        )
        number += len(goods)
        shelves.append(Category(category_id, shelf["title"], shelf["words"], goods))
    return tuple(shelves)


@cache
def products() -> dict[str, Product]:
    """Every product by its id, in the order of the file."""
    return {product.product_id: product for shelf in categories() for product in shelf.products}


@cache
def category(category_id: str) -> Category | None:
    """The shelf of that id."""
    return next((shelf for shelf in categories() if shelf.category_id == category_id), None)


@cache
def similar(product_id: str, count: int = 4) -> tuple[Product, ...]:
    """Neighbours on the shelf: nearest price first, then by id."""
    product = products()[product_id]
    shelf = category(product.category_id)
    assert shelf is not None, "a product stands on a shelf"
    others = [other for other in shelf.products if other is not product]
    others.sort(key=lambda other: (abs(other.cents - product.cents), other.product_id))
    return tuple(others[:count])


@cache
def bought_together(product_id: str, count: int = 3) -> tuple[Product, ...]:
    """Goods of other shelves that go with this one: the same ones every time."""
    everything = list(products().values())
    place = int(product_id) - int(everything[0].product_id)
    step = 37  # prime to the number of products, so that all are reached
    found: list[Product] = []
    for _ in everything:
        place = (place + step) % len(everything)
        other = everything[place]
        if other.category_id != everything[int(product_id) - 101].category_id and other.cents < 6_000:
            found.append(other)
        if len(found) == count:
            break
    return tuple(found)


@lru_cache(maxsize=1_024)
def search(query: str) -> tuple[Product, ...]:
    """Products of which every word of the query begins a word of name, brand or shelf.

    A plural of the query finds the singular. Best are those that name the first word.
    """
    wanted = [_stem(word) for word in _WORD.findall(query.lower())]
    if not wanted:
        return ()
    found = [
        (wanted[0] not in name, product)
        for product, name, words in _index()
        if all(any(word.startswith(want) for word in words) for want in wanted)
    ]
    found.sort(key=lambda ranked: ranked[0])
    return tuple(product for _, product in found)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if len(word) > len(ending) + 2 and word.endswith(ending):
            return word[: -len(ending)]
    return word


@cache
def _index() -> tuple[tuple[Product, str, tuple[str, ...]], ...]:
    return tuple(
        (
            product,
            product.name.lower(),
            tuple(_WORD.findall(f"{product.name} {product.brand} {shelf.title} {shelf.words}".lower())),
        )
        for shelf in categories()
        for product in shelf.products
    )
