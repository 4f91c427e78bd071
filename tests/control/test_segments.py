"""Saved segments, their lists and their sizes are kept by shop and by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from collector.control import Control
from collector.control.segments import LONGEST_NODE, MOST, MOST_NODES, Segment
from collector.errors import OperatorError


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path / "control.sqlite")
    yield opened
    opened.close()


def test_segments_of_a_shop_come_by_name_and_are_nobody_elses(control: Control) -> None:
    book = control.segments
    zebra = book.add("s1", " zebra ", "dynamic", "{}", 5.0)
    ants = book.add("s1", "Ants", "static", "", 6.0)
    book.add("s2", "Other", "static", "", 7.0)
    assert book.of("s1") == [ants, zebra]
    assert zebra == Segment(
        segment_id=zebra.segment_id,
        shop_id="s1",
        name="zebra",
        kind="dynamic",
        definition="{}",
        created_at=5.0,
    )


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "a\x1bb"])
def test_a_name_is_short_and_printable(control: Control, name: str) -> None:
    with pytest.raises(OperatorError, match="needs a name of 1 to 80 printable characters"):
        control.segments.add("s1", name, "static", "", 0.0)


def test_a_name_is_there_once_in_a_shop(control: Control) -> None:
    control.segments.add("s1", "Guests", "static", "", 0.0)
    control.segments.add("s2", "Guests", "static", "", 0.0)
    with pytest.raises(OperatorError, match="already a segment called 'GUESTS'"):
        control.segments.add("s1", "GUESTS", "static", "", 0.0)


def test_a_shop_keeps_so_many_and_no_more(control: Control) -> None:
    for number in range(MOST):
        control.segments.add("s1", f"n{number}", "static", "", 0.0)
    with pytest.raises(OperatorError, match="at most 200 segments"):
        control.segments.add("s1", "one more", "static", "", 0.0)


def test_a_list_holds_an_id_once_and_gives_them_sorted(control: Control) -> None:
    one = control.segments.add("s1", "Guests", "static", "", 0.0)
    assert control.segments.put(one.segment_id, ["u:7", "d1", "d1"]) == 2
    assert control.segments.put(one.segment_id, ["e:a@b.example", "u:7"]) == 3
    assert control.segments.put(one.segment_id, []) == 3
    assert control.segments.nodes(one.segment_id) == ["d1", "e:a@b.example", "u:7"]


def test_a_list_that_would_be_too_long_is_left_as_it_was(control: Control) -> None:
    one = control.segments.add("s1", "Guests", "static", "", 0.0)
    control.segments.put(one.segment_id, ["d1"])
    with pytest.raises(OperatorError, match="at most 100000 ids; this one would have 100001"):
        control.segments.put(one.segment_id, [f"x{number}" for number in range(MOST_NODES)])
    with pytest.raises(OperatorError, match="more than 257 characters"):
        control.segments.put(one.segment_id, ["d2", "x" * (LONGEST_NODE + 1)])
    assert control.segments.nodes(one.segment_id) == ["d1"]


def test_a_later_size_of_a_day_takes_the_place_of_the_first(control: Control) -> None:
    one, other = (control.segments.add(shop, "Guests", "static", "", 0.0) for shop in ("s1", "s2"))
    control.segments.measured(one.segment_id, {date(2026, 3, 2): 5, date(2026, 3, 1): 4})
    control.segments.measured(one.segment_id, {date(2026, 3, 2): 6})
    control.segments.measured(other.segment_id, {})
    assert control.segments.sizes("s1") == {one.segment_id: {date(2026, 3, 1): 4, date(2026, 3, 2): 6}}
    assert list(control.segments.sizes("s1")[one.segment_id]) == [date(2026, 3, 1), date(2026, 3, 2)]
    assert control.segments.sizes("s2") == {}


def test_what_is_removed_leaves_nothing_and_only_its_shop_can(control: Control) -> None:
    one = control.segments.add("s1", "Guests", "static", "", 0.0)
    control.segments.put(one.segment_id, ["d1"])
    control.segments.measured(one.segment_id, {date(2026, 3, 2): 5})
    assert not control.segments.remove("s2", one.segment_id)
    assert control.segments.remove("s1", one.segment_id)
    assert not control.segments.remove("s1", one.segment_id)
    assert (
        control.segments.of("s1"),
        control.segments.nodes(one.segment_id),
        control.segments.sizes("s1"),
    ) == (
        [],
        [],
        {},
    )
