"""Every word that people read, by key. One folder a language, one file a page.

`Texts` looks a key up as `<file>.<key>`; a key that is not there is an error, which a
test finds by rendering every page. A text that depends on a number is a table of its plural
forms (`{one = "{count} order", other = "{count} orders"}`) and is asked with `count`.
English is whole, and stands in where another language has no words yet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dashboard import format
from dashboard.locales import locale

FOLDER = Path(__file__).parent
BASE = "en"
Words = Mapping[str, str | Mapping[str, str]]


class Texts:
    """The words of one language."""

    def __init__(self, words: Words, language: str = BASE) -> None:
        self.language = language
        self._words = words

    def __call__(self, key: str, **facts: object) -> str:
        """The text of `key`, its `{names}` filled from `facts`. Raises KeyError.

        Of a text with plural forms, `count` (a number) chooses the form and is written as `{count}`.
        """
        words = self._words[key]
        if isinstance(words, str):
            return words.format(**facts) if facts else words
        number = facts["count"]
        assert isinstance(number, int)
        form = words.get(locale(self.language).form(abs(number))) or words["other"]
        with format.speaking(self.language):
            return form.format(**{**facts, "count": format.count(number)})

    def has(self, key: str) -> bool:
        return key in self._words

    def get(self, key: str, otherwise: str) -> str:
        """The text of `key`, or what stands elsewhere in English where this language has none."""
        words = self._words.get(key, otherwise)
        return words if isinstance(words, str) else otherwise

    def within(self, file: str) -> Mapping[str, str]:
        """The plain texts of one file, by their keys in it."""
        head = f"{file}."
        return {
            key.removeprefix(head): text
            for key, text in self._words.items()
            if key.startswith(head) and isinstance(text, str)
        }


@cache
def languages() -> tuple[str, ...]:
    """Every language there are texts in, as ISO 639-1."""
    return tuple(sorted(entry.name for entry in FOLDER.iterdir() if any(entry.glob("*.toml"))))


def spoken() -> Texts:
    """The words of the language that values are formatted in now (`dashboard.format`)."""
    return load(format.spoken().language)


def written(language: str) -> Words:
    """What the files of a language say, by key; raises FileNotFoundError where there are none."""
    folder = FOLDER / language
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    return {
        f"{file.stem}.{key}": text
        for file in sorted(folder.glob("*.toml"))
        for key, text in tomllib.loads(file.read_text("utf-8")).items()
    }


@cache
def load(language: str) -> Texts:
    """The texts of a language; raises FileNotFoundError where there is none."""
    return Texts({**written(BASE), **written(language)}, language)
