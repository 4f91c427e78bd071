"""The data forms of the pages against reviewed answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.dashboard import goldens


@pytest.fixture(scope="module")
def ask() -> Callable[[str], str]:
    return goldens.asker()


@pytest.mark.parametrize("name", goldens.ADDRESSES)
def test_a_page_gives_the_reviewed_answer(ask: Callable[[str], str], name: str) -> None:
    assert ask(name) == (goldens.FOLDER / f"{name}.txt").read_text()
