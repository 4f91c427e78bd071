"""The address is the state: to Filters and back, and never an error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.filters import Filters, Note, parse
from dashboard.scope import Scope, scope_of
from tests.dashboard.shop_world import NOW, SHOP


def test_an_empty_address_is_the_last_28_days_compared() -> None:
    assert parse({}) == (Filters(period="28d", compare="previous"), ())


def test_a_canonical_address_names_only_what_differs() -> None:
    filters = Filters(shop="kettles", period="custom", since=date(2026, 3, 1), to=date(2026, 3, 4), page=2)
    assert filters.query() == "shop=kettles&period=custom&since=2026-03-01&to=2026-03-04&page=2"


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ({"period": "fortnight"}, Note("filters.unknown_value", "period", "fortnight")),
        ({"compare": "<b>"}, Note("filters.unknown_value", "compare", "<b>")),
        ({"page": "-1"}, Note("filters.unknown_value", "page", "-1")),
        ({"page": "٣"}, Note("filters.unknown_value", "page", "٣")),
        (
            {"period": "custom", "since": "2026-03-04", "to": "2026-03-01"},
            Note("filters.unusable_days", "period", "2026-03-04 – 2026-03-01"),
        ),
        (
            {"period": "custom", "since": "0001-01-01", "to": "9999-12-31"},
            Note("filters.unusable_days", "period", "0001-01-01 – 9999-12-31"),
        ),
        ({"period": "custom"}, Note("filters.unusable_days", "period", " – ")),
    ],
)
def test_what_is_not_understood_becomes_the_default_and_leaves_a_note(
    query: dict[str, str], note: Note
) -> None:
    assert parse(query) == (Filters(), (note,))


values = st.text(max_size=40) | st.sampled_from(
    [
        "custom",
        "today",
        "session,search",
        "custom:a%2Cb,search",
        "2026-03-01",
        "9999-12-31",
        "none",
        "7",
        "\0",
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "shop",
                "period",
                "since",
                "to",
                "compare",
                "tab",
                "sort",
                "tool",
                "code",
                "find",
                "page",
                "steps",
                "window",
                "unit",
                "split",
            ]
        ),
        values,
    )
)
def test_any_address_means_something_and_comes_back_the_same(query: dict[str, str]) -> None:
    filters, _ = parse(query)
    scope = scope_of(SHOP, filters, slug="overview", now=NOW)
    assert scope.span.start < scope.span.until
    again, notes = parse(dict(parse_qsl(filters.query(), keep_blank_values=True)))
    assert (again, notes) == (filters, ())


def scope(**query: str) -> Scope:
    filters, notes = parse(query)
    return scope_of(SHOP, filters, slug="orders", now=NOW, notes=notes, tab=filters.tab)


def test_a_link_to_another_page_keeps_shop_and_period_and_drops_the_rest() -> None:
    here = scope(period="7d", tool="dynamic", sort="x.y", page="3")
    assert here.url("live") == "/live?period=7d"
    assert here.url("live", tool="chain") == "/live?period=7d&tool=chain"
    assert here.detail("orders", "a/b?c") == "/orders/a%2Fb%3Fc?period=7d"


def test_a_changed_filter_starts_at_the_first_result() -> None:
    assert scope(tool="dynamic", page="3").here(code="b9") == "/orders?tool=dynamic&code=b9"


def test_a_period_moves_by_its_own_length_and_not_into_the_future() -> None:
    assert scope(period="7d").moved(-1) == "/orders?period=custom&since=2026-03-05&to=2026-03-11"
    assert scope(period="7d").moved(1) == ""
    assert scope(period="custom", since="2026-03-01", to="2026-03-02").moved(1) == (
        "/orders?period=custom&since=2026-03-03&to=2026-03-04"
    )


def test_rows_sort_by_the_column_of_their_own_grid_with_the_unknown_last() -> None:
    rows: list[Mapping[str, Any]] = [{"n": 1}, {"n": None}, {"n": 3}]
    assert scope(sort="top.-n").sorted("top", rows) == [{"n": 3}, {"n": 1}, {"n": None}]
    assert scope(sort="top.n").sorted("top", rows) == [{"n": 1}, {"n": 3}, {"n": None}]
    assert scope(sort="other.n").sorted("top", rows) == rows
    assert scope(sort="top.unheard").sorted("top", rows) == rows
