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
class Person:
    """Somebody, with any number of browsers; in one place at a time.

    `cart` is quantity by product id, of the browser `device` that was used last.
    `introduced`: customer id and e-mail have been said together, so either is enough.
    """

    number: int
    account: bool
    phone: str = ""
    introduced: bool = False
    device: str = ""
    free_at: int = 0
    cart: dict[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"person:{self.number}"

    def says(self, rng: random.Random, names: tuple[str, str, str]) -> dict[str, str]:
        """What signing in or ordering tells of the person, under these names: customer id, e-mail, phone."""
        user_id, email, phone = names
        mail = {email: f"someone{self.number}@mail.example"}
        if not self.account:
            return mail
        everything = {user_id: f"c-{self.number}", **mail, **({phone: self.phone} if self.phone else {})}
        if not self.introduced:
            self.introduced = True
            return everything
        some = rng.choice(([user_id], [email], [user_id, email], list(everything)))
        return {name: everything[name] for name in some}


@dataclass(slots=True)
class Visitor:
    """One browser and who uses it now. Times are client milliseconds; `message` is the last one clicked."""

    did: str
    agent: str
    segment: str
    person: Person
    skew_ms: int = 0
    broken_clock: bool = False
    message: tuple[str, str, int] | None = None


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


def monitor_agent(rng: random.Random) -> str:
    """The user agent of a program that shops like a person, known by a longer list only."""
    return str(rng.choice(_numbers()["monitors"])["agent"])


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


def visitor(rng: random.Random, person: Person, *, skew: float = 0.0, broken: float = 0.0) -> Visitor:
    """A browser that was never seen; a share of clocks is wrong, another is broken."""
    did = random_text(rng, 10)
    chance = rng.random()
    return Visitor(
        did=did,
        agent=agent(rng),
        segment=segment_of(did),
        person=person,
        skew_ms=rng.randint(-7_200_000, 7_200_000) if chance < skew else 0,
        broken_clock=chance > 1 - broken,
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
