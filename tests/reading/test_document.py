"""JSON is read exactly, whatever else is wrong with it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from collector.reading.document import DEEPEST, Malformed, parse
from collector.reading.values import Literal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@seed(46)
@settings(max_examples=200, deadline=None, derandomize=True)
@given(VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]), st.booleans())
def test_what_a_client_writes_is_what_is_read(
    value: object, separators: tuple[str, str], escaped: bool
) -> None:
    body = json.dumps(value, separators=separators, ensure_ascii=escaped).encode("utf-8", "replace")
    read, notes = parse(body)
    if not notes:
        assert read == value
    else:
        assert notes == ["utf8_replaced"]
        assert "\\u" in json.dumps(value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'[{"b":{"a" : 1,"a":2}}]', [{"b": {"a": 2}}]),
        (b'{"a": "x", "\\u0061": "y"}', {"a": "y"}),
    ],
)
def test_a_repeated_key_is_noticed_and_the_last_wins(body: bytes, expected: object) -> None:
    assert parse(body) == (expected, ["json_duplicate_key"])


@pytest.mark.parametrize(
    "body", [b'{"a":"\\":1,\\"b\\":"}', b'{"a":"x : y","b" : ": "}', b'{"a":"\\u0022:"}']
)
def test_colons_in_texts_are_no_keys(body: bytes) -> None:
    assert parse(body) == (json.loads(body), [])


def test_numbers_keep_their_digits() -> None:
    long = "9" * 5000
    read, _ = parse(f"[1.50,1e400,-0.0,12345678901234567890123,{long}]".encode())
    assert read == [
        Literal("1.50"),
        Literal("1e400"),
        Literal("-0.0"),
        12345678901234567890123,
        Literal(long),
    ]
    assert [type(one) for one in read] == [Literal, Literal, Literal, int, Literal]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'["a\xffb"]', ["a\ufffdb"]),
        (b'["a\\u0000b"]', ["a\ufffdb"]),
        (b'["a\\ud800b"]', ["a\ufffdb"]),
        (b'{"\\udc00":1}', {"\ufffd": 1}),
        (b'["\\ud83d\\ude00\\u0000"]', ["\U0001f600\ufffd"]),
    ],
)
def test_what_is_no_character_is_replaced_and_noted(body: bytes, expected: object) -> None:
    assert parse(body) == (expected, ["utf8_replaced"])


@pytest.mark.parametrize("body", [b"NaN", b"[Infinity]", b"[-Infinity]", b"{,}", b"[1,]", b"", b"{", b"'a'"])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


def test_the_deepest_nesting_is_read_and_one_more_is_not() -> None:
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST)[1] == []
    with pytest.raises(Malformed):
        parse(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))
    with pytest.raises(Malformed):
        parse(b'["[",' + b"[" * DEEPEST + b"]" * DEEPEST + b"]")
