"""Every word that people read, by key. One folder a language, one file a page.

`Texts` looks a key up as `<file>.<key>`; a key that is not there is an error, which a
test finds by rendering every page.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


class Texts:
    """The words of one language."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def __call__(self, key: str, **facts: object) -> str:
        """The text of `key`, its `{names}` filled from `facts`. Raises KeyError."""
        return self._words[key].format(**facts) if facts else self._words[key]

    def has(self, key: str) -> bool:
        return key in self._words


@cache
def languages() -> tuple[str, ...]:
    """Every language there are texts in, as ISO 639-1."""
    return tuple(sorted(entry.name for entry in FOLDER.iterdir() if any(entry.glob("*.toml"))))


@cache
def load(language: str) -> Texts:
    """The texts of a language; raises FileNotFoundError where there is none."""
    folder = FOLDER / language
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    words: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        for key, text in tomllib.loads(file.read_text()).items():
            words[f"{file.stem}.{key}"] = text
    return Texts(words)
