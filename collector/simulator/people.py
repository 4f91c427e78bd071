"""Who is in front of which browser: people with several, browsers that change hands."""

from __future__ import annotations

import random
from dataclasses import dataclass

from collector.simulator.audience import Person, Visitor, visitor
from collector.simulator.scenario import Scenario

REGULARS = 20_000  # how many known browsers may come back
APART_MS = 7_300_000  # between two visits of one person; longer than a session's gap and any clock's error


@dataclass(frozen=True, slots=True)
class Guest:
    """A visit's browser and person. `signs_in`: somebody else had the browser before."""

    visitor: Visitor
    signs_in: bool = False

    @property
    def cart(self) -> dict[str, int]:
        """What is still in the cart: of the last visit, if that was with this browser."""
        person = self.visitor.person
        return dict(person.cart) if person.device == self.visitor.did else {}


class Population:
    """Browsers and people that were here, and new ones."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._regulars: list[Visitor] = []
        self._people = 0

    def comes(self, rng: random.Random, start: int) -> Guest:
        """A new browser, or one of the last days whose owner is not here at this moment."""
        if rng.random() < self._scenario.returning:
            found = self._regular(rng)
            if found is not None and found.person.free_at < start:
                if rng.random() < self._scenario.shared_devices:
                    self._hand_over(rng, found, start)
                    return Guest(found, signs_in=True)
                return Guest(found)
        return Guest(self._new(rng, start))

    def stranger(self, rng: random.Random) -> Visitor:
        """A browser that nobody will know again."""
        return visitor(rng, self.person(rng))

    def person(self, rng: random.Random, *, account: bool | None = None) -> Person:
        """Somebody new."""
        self._people += 1
        has_account = rng.random() < self._scenario.accounts if account is None else account
        phone = f"+49151{self._people:07d}" if rng.random() < 0.3 else ""
        return Person(self._people, has_account, phone)

    def leaves(self, guest: Guest, cart: dict[str, int], at: int) -> None:
        """The visit ended at `at` with this cart."""
        person = guest.visitor.person
        person.cart, person.device, person.free_at = cart, guest.visitor.did, at + APART_MS

    def customer(self, rng: random.Random, at: int) -> Person:
        """Somebody who orders by telephone: now and then one who is known."""
        found = self._regular(rng)
        if found is None or rng.random() < 0.3 or not _is_free(found.person, at):
            return self.person(rng)
        return found.person

    def _regular(self, rng: random.Random) -> Visitor | None:
        back = int(rng.expovariate(1 / (3 * self._scenario.visitors)))
        return self._regulars[-1 - back] if back < len(self._regulars) else None

    def _new(self, rng: random.Random, start: int) -> Visitor:
        scenario = self._scenario
        known = self._regular(rng) if rng.random() < scenario.second_devices else None
        person = known.person if known is not None and _is_free(known.person, start) else self.person(rng)
        new = visitor(rng, person, skew=scenario.skew, broken=scenario.broken_clocks)
        self._regulars.append(new)
        if len(self._regulars) > 2 * REGULARS:
            del self._regulars[:REGULARS]
        return new

    def _hand_over(self, rng: random.Random, browser: Visitor, start: int) -> None:
        """Somebody else signs in: the page forgets what it knew of the one before."""
        other = self._regular(rng)
        before = browser.person
        suits = other is not None and other.person is not before and _is_free(other.person, start)
        browser.person = other.person if suits and other is not None else self.person(rng, account=True)
        browser.message = None


def _is_free(person: Person, at: int) -> bool:
    return person.account and person.free_at < at
