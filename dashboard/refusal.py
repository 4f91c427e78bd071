"""Why a form about people changed nothing, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from collector.control.passwords import Refused
from collector.errors import OperatorError
from dashboard.texts import Texts


@contextmanager
def in_words(words: Texts) -> Iterator[None]:
    """What is refused within is told by the text `refused.<code>`, where there is one."""
    try:
        yield
    except Refused as refused:
        key = f"refused.{refused.code}"
        raise OperatorError(words(key) if words.has(key) else str(refused)) from refused
