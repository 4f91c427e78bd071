"""The verdict header: one line, the worst first."""

from __future__ import annotations

import pytest

from collector.verdict import MOST_CODES, verdict_header
from collector.wire import Judged


@pytest.mark.parametrize(
    ("judged", "header"),
    [
        ([], "accepted"),
        ([Judged()], "accepted"),
        ([Judged(codes=("a", "b:c"))], "accepted; codes=a,b:c"),
        ([Judged(outcome="quarantined", codes=("items_empty",))], "quarantined; codes=items_empty"),
        ([Judged(outcome="duplicate", codes=("duplicate", "a"))], "duplicate"),
        ([Judged(outcome="ignored", codes=("bot_ua",))], "ignored; codes=bot_ua"),
        ([Judged(outcome="rejected", codes=("a",), status=422)], "rejected; codes=a"),
        ([Judged(), Judged(codes=("a",))], "accepted; codes=a"),
        (
            [Judged(codes=("a",)), Judged(outcome="quarantined", codes=("b",)), Judged(codes=("a", "c"))],
            "quarantined; codes=b,a,c",
        ),
        (
            [Judged(outcome="quarantined", codes=("b",)), Judged(outcome="rejected", codes=("c",))],
            "rejected; codes=c,b",
        ),
    ],
)
def test_the_header_of_a_request(judged: list[Judged], header: str) -> None:
    assert verdict_header(judged) == header


def test_nothing_from_the_wire_breaks_the_header() -> None:
    codes = tuple(f"field_type:{name}" for name in ("a\r\nX: y", "é", "\u2028", "x" * 9999, "a,b; codes=c"))
    assert verdict_header([Judged(codes=codes)]) == (
        "accepted; codes=field_type:aXy,field_type:_,field_type:_,field_type:"
        + "x" * 40
        + ",field_type:abcodesc"
    )


def test_the_header_has_a_bounded_length() -> None:
    codes = tuple(f"field_type:{'x' * 39}{number}" for number in range(999))
    assert len(verdict_header([Judged(codes=codes)])) < MOST_CODES * 60
