"""The visitors of a page's segment found once, so that no panel of the page has to find them again."""

from __future__ import annotations

from typing import Final

from collector.store import QueryTimeout, Reader, TooManyRows
from dashboard import queries
from dashboard.lens import Audience

MOST: Final = 50_000
SECONDS: Final = 5.0


def pinned(reader: Reader, audience: Audience) -> Audience:
    """The same visitors as a list; the rule itself where they are too many or not found in time."""
    try:
        found = reader.query(audience.sql, audience.params, max_rows=MOST, seconds=SECONDS)
    except (QueryTimeout, TooManyRows):
        return audience
    return Audience(
        segment_id=audience.segment_id,
        name=audience.name,
        sql=queries.load("audience/pinned").sql,
        params={"audience_members": [row[0] for row in found.rows]},
    )
