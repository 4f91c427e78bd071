"""What the forwarder needs of the control data and of the way out, in its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from collector.destinations.contract import Answer, Outgoing
from collector.event import Event


class Described(Protocol):
    """A destination as it is set up, see `collector.control.destinations.Stored`."""

    @property
    def destination_id(self) -> str: ...
    @property
    def shop_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def paused(self) -> bool: ...
    @property
    def created_at(self) -> float: ...
    @property
    def start_at(self) -> float: ...
    @property
    def revision(self) -> int: ...


class Wish(Protocol):
    """What somebody asked of a destination's forwarder, see `collector.control.destination_acts.Act`."""

    @property
    def kind(self) -> str: ...
    @property
    def since(self) -> float: ...
    @property
    def until(self) -> float: ...
    @property
    def again(self) -> bool: ...
    @property
    def event_ids(self) -> tuple[str, ...]: ...
    @property
    def states(self) -> tuple[str, ...]: ...
    @property
    def code(self) -> str: ...


class SetUp(Protocol):
    """The control data of destinations."""

    def all(self) -> Sequence[Described]: ...
    def secrets(self, destination_id: str) -> Mapping[str, str]:
        """Raises OperatorError where one cannot be had."""

    def acts(self, destination_id: str) -> Sequence[tuple[int, Wish]]: ...
    def done(self, act_id: int) -> None: ...


class Sending(Protocol):
    """The way out: sends once, never raises for what a vendor or a host does."""

    async def send(
        self, outgoing: Outgoing, *, connect_s: float, total_s: float, now: datetime
    ) -> Answer: ...
    async def close(self) -> None: ...


class ShopKnown(Protocol):
    """The part of a shop's settings that forwarding depends on."""

    @property
    def shop_id(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def options(self) -> Mapping[str, str]: ...


Segment = Callable[[Event], bool]
"""Whether an event's visitor is in a segment."""

Segments = Callable[[str, str], Segment]
"""From a shop and a segment's name to that test; raises OperatorError where there is no such segment."""
