"""Ids: the vectors of the protocol, order within a process, a clock that steps back."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from collector.ids import NAMESPACE, TimeOrderedIds, is_keyed, keyed_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_namespace_is_the_documented_one() -> None:
    assert uuid.UUID(bytes=NAMESPACE) == uuid.uuid5(uuid.NAMESPACE_URL, "urn:event-collector:canonical:v1")


def test_keyed_ids_match_the_documented_vectors() -> None:
    assert (
        keyed_id("shop-1", "rees46", "eid", "Ev00000000000000000A") == "92b03b75-a31d-5f0f-a12e-29b713222378"
    )
    lines = "123456|2|1990.5;234567|1|500"
    assert (
        keyed_id("shop-1", "rees46", "purchase", "A-1001", lines, "4481")
        == "0ebe1865-1252-5645-8ac2-e721cd907b59"
    )


def test_keyed_ids_are_the_standard_library_s_uuid5() -> None:
    for parts in (("a",), ("a", ""), ("ä", "\x00", "x" * 1000)):
        assert keyed_id(*parts) == str(uuid.uuid5(uuid.UUID(bytes=NAMESPACE), "\x1f".join(parts)))


def test_time_ordered_ids_are_valid_unique_and_in_call_order() -> None:
    make = TimeOrderedIds()
    made = [make(NOON + timedelta(microseconds=300 * n)) for n in range(50_000)]
    assert made == sorted(set(made))
    first = uuid.UUID(made[0])
    assert (first.version, first.variant) == (7, uuid.RFC_4122)
    assert int(made[0].replace("-", "")[:12], 16) == int(NOON.timestamp() * 1000)


def test_a_clock_that_steps_back_keeps_the_order() -> None:
    make = TimeOrderedIds()
    made = [make(NOON), make(NOON - timedelta(hours=1)), make(NOON)]
    assert made == sorted(made)


def test_only_recognisable_ids_are_keyed() -> None:
    assert is_keyed(keyed_id("a"))
    assert not is_keyed(TimeOrderedIds()(NOON))
