"""An address means nothing that whoever asks may not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.access import Access, Asker, Forbidden
from dashboard.site import Site
from tests.dashboard.attribution_site import ASKER, PERIOD, page, site
from tests.dashboard.attribution_world import SHOP, connect

RULE = '{"version":1,"rule":{"is":"identified"}}'


@pytest.fixture
def shop() -> Iterator[Site]:
    db = connect()
    yield site(db)
    db.close()


def _shared(segment: str) -> Asker:
    return Asker(access=Access(roles={SHOP: "viewer"}, shared=True, segment=segment))


def test_a_link_with_a_segment_tells_of_no_other_segment(shop: Site) -> None:
    book = shop.control.segments
    own, other = (book.add(SHOP, name, "dynamic", RULE, 1.0).segment_id for name in ("Own", "Other"))
    query = {**PERIOD, "tab": "segment", "code": other}
    mine = shop.scope(page("funnels"), query, ASKER)
    shared = shop.scope(page("funnels"), query, _shared(own))
    assert mine is not None
    assert shared is not None
    assert (mine.apart and mine.apart.name, len(mine.segments)) == ("Other", 2)
    assert (shared.apart, shared.segments) == (None, ())
    assert shared.audience is not None
    assert shared.audience.segment_id == own


def test_a_link_whose_segment_is_no_more_shows_nobody(shop: Site) -> None:
    with pytest.raises(Forbidden) as refused:
        shop.scope(page("overview"), PERIOD, _shared("gone"))
    assert refused.value.key == "errors.no_segment"


def test_a_page_about_all_visitors_is_not_shown_through_a_segment(shop: Site) -> None:
    own = shop.control.segments.add(SHOP, "Own", "dynamic", RULE, 1.0).segment_id
    everybody = replace(page("overview"), segments=False)
    with pytest.raises(Forbidden):
        shop.scope(everybody, PERIOD, _shared(own))
    assert shop.scope(everybody, PERIOD, _shared("")) is not None
