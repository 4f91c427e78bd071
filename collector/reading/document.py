"""JSON bytes to plain values, exactly, with what had to be put up with.

The quick reader is tried first; the careful one reads what it refuses (broken text,
half surrogate pairs, very long numbers) and finds repeated keys: where one is written,
the value written anew has fewer colons than the bytes. Nothing a sender writes raises anything
but `Malformed`.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from collector.reading.values import Literal

DEEPEST = 64
MANY_BRACKETS = 4000
_decoder = msgspec.json.Decoder(float_hook=Literal)
_encoder = msgspec.json.Encoder(enc_hook=str)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_BROKEN = re.compile("[\x00\ud800-\udfff]")


class Malformed(ValueError):
    """The bytes are not JSON, or nested deeper than anything we would keep."""


def parse(body: bytes) -> tuple[Any, list[str]]:
    """The value and its notes (`utf8_replaced`, `json_duplicate_key`); raises Malformed."""
    if b"\\u0000" not in body and b"\x00" not in body:
        try:
            value = _decoder.decode(body)
            written = _encoder.encode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, OverflowError):
            return _carefully(body)
        if not _is_shallow(body):
            _measure(value, DEEPEST)
        return value, [] if written.count(b":") == body.count(b":") else _repeated(body)
    return _carefully(body)


def parse_text(text: str) -> Any:
    """The value of JSON inside a text field; raises Malformed."""
    return parse(text.encode("utf-8", "replace"))[0]


def _is_shallow(body: bytes) -> bool:
    """Whether the brackets alone show that nothing is nested too deep; False means: look."""
    marks = body.translate(None, _NO_BRACKETS)
    if len(marks) > MANY_BRACKETS:
        return False
    for _ in range(DEEPEST):
        inner = marks.replace(b"[]", b"").replace(b"{}", b"")
        if len(inner) == len(marks):
            break
        marks = inner
    return not marks


def _measure(value: Any, depth: int) -> None:
    """Raises Malformed beyond `depth` levels."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return
    if not depth:
        raise Malformed("nested too deep")
    for one in value.values() if kind is dict else value:
        _measure(one, depth - 1)


def _repeated(body: bytes) -> list[str]:
    """Whether a key is really written twice: the count may also come from texts."""
    reader = _Reader()
    try:
        reader.read(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return []
    return reader.notes


def _carefully(body: bytes) -> tuple[Any, list[str]]:
    reader = _Reader()
    try:
        decoded = body.decode()
    except UnicodeDecodeError:
        decoded = body.decode("utf-8", "replace")
        reader.note("utf8_replaced")
    if "\x00" in decoded:
        decoded = decoded.replace("\x00", "\ufffd")
        reader.note("utf8_replaced")
    try:
        value = reader.mended(reader.read(decoded), DEEPEST)
    except json.JSONDecodeError as error:
        raise Malformed(f"no JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Malformed("nested too deep") from None
    return value, reader.notes


class _Reader:
    """The careful reader: numbers as written, repeated keys noticed, NaN refused."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)

    def read(self, text: str) -> Any:
        return json.loads(
            text,
            parse_float=Literal,
            parse_int=lambda digits: int(digits) if len(digits) < 4000 else Literal(digits),
            parse_constant=_refuse,
            object_pairs_hook=self._object,
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            self.note("json_duplicate_key")
        return made

    def mended(self, value: Any, depth: int) -> Any:
        """The value with U+FFFD for what is no character; raises Malformed if too deep."""
        kind = type(value)
        if kind is str:
            return self._text(value)
        if kind is not dict and kind is not list:
            return value
        if not depth:
            raise Malformed("nested too deep")
        if kind is dict:
            return {self._text(key): self.mended(inner, depth - 1) for key, inner in value.items()}
        return [self.mended(inner, depth - 1) for inner in value]

    def _text(self, text: str) -> str:
        if _BROKEN.search(text) is None:
            return text
        self.note("utf8_replaced")
        return _BROKEN.sub("\ufffd", text)


def _refuse(constant: str) -> Any:
    raise Malformed(f"{constant} is no JSON")
