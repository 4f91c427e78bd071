"""Queries as clients really write them (docs/wire/canonical.md T2)."""

from __future__ import annotations

import pytest

from collector.reading.parameters import dropping, parameters


@pytest.mark.parametrize("query", ["", "?", "&", "?&", "?&&"])
def test_an_empty_query_has_no_parameters(query: str) -> None:
    assert parameters(query).pairs == ()


def test_names_are_found_in_any_case_and_the_last_value_counts() -> None:
    found = parameters("?&PartnerID=p1&partnerid=p2&empty=&=x&plain")
    assert found.get("partnerId") == "p2"
    assert found.get("empty") is None
    assert found.get("absent") is None
    assert found.without(["PARTNERID"]) == {}


def test_values_are_form_decoded_and_odd_escapes_stay() -> None:
    found = parameters("a=x+y%20z&b=%D1%87%D0%B0%D0%B9&c=100%&items[0].ItemId=55&d%5B%5D=1")
    assert found.pairs == (
        ("a", "x y z"),
        ("b", "чай"),
        ("c", "100%"),
        ("items[0].ItemId", "55"),
        ("d[]", "1"),
    )
    assert not found.replaced


@pytest.mark.parametrize("query", ["a=%ff", "a=%00", "a=\xff"])
def test_bytes_that_are_no_text_are_replaced_and_said(query: str) -> None:
    assert parameters(query) == ((("a", "\ufffd"),), True)


def test_a_secret_is_dropped_in_any_spelling_of_its_name() -> None:
    assert dropping("?apiKey=hush&partnerId=p1&APIKEY=hush&api%4Bey=hush", ["apiKey"]) == "partnerId=p1"
