"""By which ids the visitors of a saved segment are known, so that an event can be asked whether it is one's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

from collector.errors import OperatorError
from collector.store import Reader
from dashboard import lens, queries
from dashboard.filters import DEFAULT
from dashboard.lens import Lens
from dashboard.scope import scope_of
from dashboard.segments.saved import SavedSegments
from dashboard.segments.size import ControlData

IDENTITIES: Final = "segments/identities"
KINDS: Final = ("device_id", "user_id", "email", "phone")


class Identified(Protocol):
    """Whatever tells who it was: an event."""

    @property
    def device_id(self) -> str | None: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...


class Known:
    """The ids of one segment's visitors as of a moment."""

    def __init__(self, ids: frozenset[tuple[str, str]]) -> None:
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def has(self, event: Identified) -> bool:
        """Whether the event's visitor is one of them, by any of its ids."""
        return any((kind, getattr(event, kind)) in self._ids for kind in KINDS)


def known(reader: Reader, control: ControlData, shop_id: str, name: str, now: datetime) -> Known:
    """Everybody in the shop's segment of that name (or id), as of now. Blocks for one question.

    Raises OperatorError where there is no such segment, and what the reader raises.
    """
    shop = next((one for one in control.shops() if one.shop_id == shop_id), None)
    if shop is None:
        raise OperatorError(f"there is no shop with the id {shop_id!r}")
    found = [one for one in control.segments.of(shop_id) if name in (one.segment_id, one.name)]
    audience = SavedSegments(reader, control.segments).audience(
        shop, found[0].segment_id if found else name, now
    )
    if audience is None:
        raise OperatorError(f"the shop has no usable segment {name!r}")
    seen = Lens(audience=audience)
    sql = lens.through(seen, queries.load(IDENTITIES).sql)
    given = scope_of(shop, DEFAULT, slug="segments", now=now).params()
    rows = reader.stream(sql, queries.fitting(sql, lens.params(seen, given)))
    return Known(frozenset(_ids(rows)))


def _ids(rows: Iterator[dict[str, object]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        for kind in KINDS:
            if row[kind] is not None:
                yield kind, str(row[kind])
