"""Bodies of PHP's curl: parts to pairs, and nothing else taken for one."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from collector.adapters.r46.multipart import as_form

BOUNDARY = "--------------------------9051914041544843"


def parts(*pairs: tuple[str, str], end: str = "\r\n", boundary: str = BOUNDARY) -> bytes:
    said = [
        f'{boundary}{end}Content-Disposition: form-data; name="{name}"{end}{end}{value}{end}'
        for name, value in pairs
    ]
    return ("".join(said) + f"{boundary}--{end}").encode()


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_parts_become_pairs_in_their_order(end: str) -> None:
    body = parts(("item_id[0]", "37"), ("name[0]", "Rot & weiß = 1+1\r\nzwei"), ("empty", ""), end=end)
    assert as_form(body) == "item_id%5B0%5D=37&name%5B0%5D=Rot+%26+wei%C3%9F+%3D+1%2B1%0D%0Azwei&empty="


def test_a_file_is_its_text_and_a_part_without_a_name_is_left_out() -> None:
    body = (
        b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; filename="x"; name="f"\r\n\r\n1\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nnobody\r\n--b--\r\n"
    )
    assert as_form(body) == "f=1"


@pytest.mark.parametrize("body", [b"", b"a=1", b"--", b"--x", b"--a=1&b=2", b"--b\r\na=1\r\n", b"{}"])
def test_other_bodies_are_no_multipart(body: bytes) -> None:
    assert as_form(body) is None


@seed(46)
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.text(alphabet="abc[]0_", min_size=1, max_size=6),
            st.text(alphabet="aä&=+%;- \n\"'", max_size=12).map(lambda text: text.replace("\r", "")),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_stands_in_the_parts_comes_out_again(pairs: list[tuple[str, str]]) -> None:
    form = as_form(parts(*pairs))
    assert form is not None
    assert parse_qsl(form, keep_blank_values=True) == pairs


@seed(46)
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=40), st.floats(0, 1))
def test_damaged_parts_never_raise(junk: bytes, place: float) -> None:
    body = parts(("a", "1"), ("b", "2"))
    cut = int(len(body) * place)
    form = as_form(body[:cut] + junk + body[cut:])
    assert form is None or isinstance(form, str)
