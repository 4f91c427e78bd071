"""Equal rows are numbered exactly, whatever the size of the bit map."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from collector.importing.occurrences import Occurrences, digest_of
from collector.store.files import Row

ROWS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "1", "\x1f"])), max_size=60)


@given(ROWS, st.integers(0, 3))
def test_equal_rows_are_numbered_from_zero(rows: list[Row], expected_rows: int) -> None:
    """A bit map that is far too small only costs memory."""
    occurrences = Occurrences(expected_rows)
    occurrences.mark(rows)
    seen: Counter[bytes] = Counter()
    for row in rows:
        digest = digest_of(row)
        assert occurrences.number(digest) == seen[digest]
        seen[digest] += 1
