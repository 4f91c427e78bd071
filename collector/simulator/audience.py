"""Who comes, from where, with which device; the numbers are in audience.toml."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way of coming; `message` is (recommended_by, recommended_code) of a clicked message."""

    weight: float
    channel: str
    referrer: str = ""
    query: str = ""
    message: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the platform and how well it works. `code` is empty where the tool has none."""

    by: str
    code: str
    click: float
    cart: float


@dataclass(slots=True)
class Visitor:
    """One browser. Times are client milliseconds; `cart` is quantity by product id."""

    did: str
    agent: str
    segment: str
    skew_ms: int = 0
    broken_clock: bool = False
    email: str = ""
    free_at: int = 0
    message: tuple[str, str, int] | None = None
    cart: dict[str, int] = field(default_factory=dict)


def arrival(rng: random.Random) -> Arrival:
    """A way of coming, as likely as its weight says."""
    found, totals = _arrivals()
    return rng.choices(found, cum_weights=totals)[0]


def agent(rng: random.Random) -> str:
    """The user agent of a person's browser."""
    found, totals = _agents()
    return rng.choices(found, cum_weights=totals)[0]


def bot_agent(rng: random.Random) -> str:
    """The user agent of a program that says what it is."""
    return str(rng.choice(_numbers()["bots"])["agent"])


@cache
def tools() -> dict[str, Tool]:
    """Every tool by its place on the pages."""
    return {
        place: Tool(
            tool["by"], place if tool["by"] in ("dynamic", "stories") else "", tool["click"], tool["cart"]
        )
        for place, tool in _numbers()["tools"].items()
    }


def queries() -> tuple[list[str], list[str]]:
    """Words that find something, and words that find nothing."""
    return _numbers()["queries"], _numbers()["fruitless"]


def day_curve() -> tuple[list[float], list[float]]:
    """Weights of the 24 hours, and of the weekdays from Monday."""
    return _numbers()["hours"], _numbers()["weekdays"]


def visitor(rng: random.Random) -> Visitor:
    """A browser that was never seen: some clocks are wrong, some are broken."""
    did = random_text(rng, 10)
    chance = rng.random()
    return Visitor(
        did=did,
        agent=agent(rng),
        segment=segment_of(did),
        skew_ms=rng.randint(-7_200_000, 7_200_000) if chance < 0.04 else 0,
        broken_clock=chance > 0.995,
        email=f"{did.lower()}@mail.example" if rng.random() < 0.4 else "",
    )


def random_text(rng: random.Random, length: int) -> str:
    """Digits and letters."""
    return f"{rng.getrandbits(4 * length):0{length}x}"


def segment_of(did: str) -> str:
    """The arm a browser computes for itself: FNV-1a of the did, bit 16."""
    value = 2166136261
    for byte in did.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return "B" if value >> 16 & 1 else "A"


@cache
def _numbers() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "audience.toml").read_text(encoding="utf-8"))


@cache
def _arrivals() -> tuple[list[Arrival], list[float]]:
    found = [
        Arrival(**{**entry, "message": tuple(entry["message"]) if "message" in entry else None})
        for entry in _numbers()["arrivals"]
    ]
    return found, list(accumulate(one.weight for one in found))


@cache
def _agents() -> tuple[list[str], list[float]]:
    found = _numbers()["devices"]
    return [one["agent"] for one in found], list(accumulate(one["weight"] for one in found))
