"""Shared links: of one shop, for a while, known by a hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collector.control.passwords import Refused
from collector.control.shares import DAY, MOST, Share, Shares
from collector.control.tables import metadata

NOW = 1_000_000.0


@pytest.fixture
def shares(tmp_path: Path) -> Shares:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'control.sqlite'}")
    metadata.create_all(engine)
    return Shares(engine)


def test_a_link_opens_until_it_expires_and_its_token_is_not_kept(shares: Shares, tmp_path: Path) -> None:
    share, token = shares.add(
        "s1", label=" Board ", days=7, by="ann@x.example", now=NOW, segment_id="seg", pages=("overview",)
    )
    assert share == Share(
        share_id=share.share_id,
        shop_id="s1",
        segment_id="seg",
        pages=("overview",),
        label="Board",
        created_at=NOW,
        created_by="ann@x.example",
        expires_at=NOW + 7 * DAY,
    )
    assert shares.opened(token, NOW + 7 * DAY - 1) == share == shares.find(share.share_id, NOW)
    assert shares.opened(token, NOW + 7 * DAY) is None
    assert shares.opened(share.share_id, NOW) is None
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_link_is_revoked_by_its_own_shop_alone_and_once(shares: Shares) -> None:
    share, token = shares.add("s1", label="Board", days=7, by="", now=NOW)
    assert shares.revoke("s2", share.share_id, NOW) is None
    assert shares.opened(token, NOW) == share
    assert shares.revoke("s1", share.share_id, NOW + 1) == share
    assert shares.revoke("s1", share.share_id, NOW + 1) is None
    assert shares.opened(token, NOW + 1) is None
    assert [one.revoked_at for one in shares.of("s1")] == [NOW + 1]
    assert shares.of("s2") == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"label": " "}, "label_none"),
        ({"label": "x" * 81}, "label_none"),
        ({"label": "a\nb"}, "label_none"),
        ({"days": 0}, "days_none"),
        ({"days": 367}, "days_none"),
    ],
)
def test_a_link_without_label_or_end_is_refused(shares: Shares, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        shares.add("s1", **{"label": "Board", "days": 7, "by": "", "now": NOW, **given})
    assert refused.value.code == code
    assert shares.of("s1") == []


def test_a_shop_has_so_many_links_in_force(shares: Shares) -> None:
    for number in range(MOST):
        shares.add("s1", label=f"{number}", days=1, by="", now=NOW)
    with pytest.raises(Refused, match="revoke one first"):
        shares.add("s1", label="more", days=1, by="", now=NOW)
    shares.add("s2", label="another shop", days=1, by="", now=NOW)
    shares.add("s1", label="later", days=1, by="", now=NOW + DAY)
    assert shares.of("s1")[0].label == "later"
