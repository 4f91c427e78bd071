"""Everybody in a segment, as lines of JSON: nothing is left out, memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from collector.errors import OperatorError
from collector.store import Reader
from collector.wire import Shop
from dashboard import lens, queries
from dashboard.filters import DEFAULT
from dashboard.lens import Lens
from dashboard.scope import scope_of
from dashboard.segments.listing import PEOPLE
from dashboard.segments.saved import SavedSegments
from dashboard.segments.size import ControlData

COLUMNS: Final = tuple(name for name in queries.load(PEOPLE).columns if name != "found")
EVERYBODY: Final = 2**62
_encoder = msgspec.json.Encoder()


def lines(
    reader: Reader, control: ControlData, shop_id: str, segment_id: str, now: datetime
) -> Iterator[bytes]:
    """A line a visitor, those seen last first. Raises OperatorError at once where there is no such segment."""
    shop = next((one for one in control.shops() if one.shop_id == shop_id), None)
    if shop is None:
        raise OperatorError(f"there is no shop with the id {shop_id!r}")
    audience = SavedSegments(reader, control.segments).audience(shop, segment_id, now)
    if audience is None:
        raise OperatorError(f"the shop has no usable segment {segment_id!r}")
    return _lines(reader, shop, Lens(audience=audience), now)


def _lines(reader: Reader, shop: Shop, seen: Lens, now: datetime) -> Iterator[bytes]:
    sql = lens.through(seen, queries.load(PEOPLE).sql)
    usual = scope_of(shop, DEFAULT, slug="segments", now=now).params()
    given = {**usual, "page_size": EVERYBODY, "page_offset": 0}
    for row in reader.stream(sql, queries.fitting(sql, lens.params(seen, given))):
        yield _encoder.encode({name: row[name] for name in COLUMNS}) + b"\n"
