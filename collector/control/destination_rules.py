"""What a destination is checked against: the kinds there are, the shop's segments, this collector's own addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from collector.control.destination_options import address_of, addresses, filled, options_of, typed
from collector.destinations import kinds as every_kind
from collector.destinations.contract import Destination
from collector.errors import OperatorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is there. `segments` gives the names of a shop's segments, `origins` where this collector is reached.

    `plain_http` allows addresses without TLS.
    """

    is_shop: Callable[[str], bool]
    segments: Callable[[str], Collection[str]]
    origins: Callable[[], Collection[str]] = tuple
    plain_http: bool = False
    kinds: Callable[[], Mapping[str, Destination]] = every_kind

    def kind(self, name: str) -> Destination:
        """The kind of that name; raises OperatorError where there is none."""
        kinds = self.kinds()
        if name not in kinds:
            raise OperatorError(f"{name[:80]!r} is no kind of destination; there are {', '.join(kinds)}")
        return kinds[name]

    def refuse_segment(self, shop_id: str, given: Mapping[str, Any], before: str = "") -> None:
        """Raises OperatorError where another segment than `before` was typed, and the shop does not have it."""
        segment = str(given.get("segment", "")).strip()
        if segment not in ("", before) and segment not in self.segments(shop_id):
            raise OperatorError(f"the shop has no segment called {segment[:80]!r}")

    def options(
        self, kind: Destination, given: Mapping[str, Any], before: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What is to be stored, with addresses that lead out of this collector. Raises OperatorError."""
        kept = typed(kind, given, before)
        self._refuse_addresses(kind, filled(kind, kept))
        return kept

    def _refuse_addresses(self, kind: Destination, values: Mapping[str, Any]) -> None:
        here = {address_of(origin) for origin in self.origins()}
        for name, address in addresses(kind, values).items():
            if address in here:
                raise OperatorError(
                    f"{name} is this collector itself, which would send events round in a circle"
                )
        if self.plain_http:
            return
        for one in options_of(kind):
            if one.kind == "url" and values[one.name].startswith("http:"):
                raise OperatorError(f"{one.name} is not https")
