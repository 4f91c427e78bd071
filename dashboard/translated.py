"""Sentences whose English stands elsewhere, in the language of a page.

A question's title and definition stand in its header, what a reason code means in the list of
codes, and why a form was refused in the code that also says it on the terminal. They are written
once, there; `texts/<language>/queries.toml`, `reasons.toml` and `refusals.toml` translate them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Final

from collector import reasons
from collector.control.passwords import Refused
from collector.errors import OperatorError
from collector.reasons import Explained
from dashboard.queries import Query
from dashboard.questions import describe
from dashboard.texts import Texts, load

OWN_PROTOCOL: Final = "rees46"
GAP: Final = "{}"
_PLACE: Final = re.compile(r"[\w.\[\]]+: ")
LONGEST: Final = 2000


def question(name: str, words: Texts) -> Query:
    """The header of any question. Raises KeyError or FileNotFoundError for a name that is none."""
    query = describe(name)
    title, define = f"queries.{name}.title", f"queries.{name}.define"
    if not words.has(define):
        return query
    return replace(query, title=words.get(title, query.title), define=words.get(define, query.define))


def reason(code: str, words: Texts, vendor: str = OWN_PROTOCOL) -> Explained:
    """The texts of a reason code in a vendor's protocol; raises LookupError for one not in the list."""
    found = reasons.explain(code, vendor)
    own = f"reasons.{vendor}.{found.base}" if found.base in reasons.VENDORS.get(vendor, {}) else ""
    key = own or f"reasons.{found.base}"
    if not words.has(f"{key}.mend"):
        return found
    name = found.field or words.get("reasons.the_field", "the field")
    explanation = words.get(f"{key}.explanation", found.explanation).replace("{field}", name)
    mend = words.get(f"{key}.mend", found.mend).replace("{field}", name)
    return replace(found, explanation=explanation, mend=mend)


def why(error: OperatorError, words: Texts) -> str:
    """Why something was refused: by its code, where it has one that is in the texts, else by its sentence."""
    key = f"refused.{error.code}" if isinstance(error, Refused) else ""
    return words(key) if words.has(key) else refusal(str(error), words)


def refusal(sentence: str, words: Texts) -> str:
    """Why something was refused; what has no translation stays as it is.

    It may be several sentences, each with the place that it speaks of: `rule.of[1].least: is empty; …`.
    """
    if len(sentence) > LONGEST:
        return sentence
    return _one(sentence, words) or "; ".join(_placed(part, words) for part in sentence.split("; "))


def _placed(sentence: str, words: Texts) -> str:
    place = _PLACE.match(sentence)
    at = place[0] if place else ""
    return _one(sentence, words) or at + (_one(sentence[len(at) :], words) or sentence[len(at) :])


def _one(sentence: str, words: Texts) -> str:
    """The translation of one sentence, and of one that fills it; "" where it has none."""
    for pattern, text in _refusals(words.language):
        match = pattern.fullmatch(sentence)
        if match:
            return text.format(*(_one(inner, words) or inner for inner in match.groups()))
    return ""


@cache
def _refusals(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """English sentences as patterns, those without gaps first, with their translations."""
    found = load(language).within("refusals")
    known = sorted(found.items(), key=lambda pair: (pair[0].count(GAP), -len(pair[0])))
    return tuple((_pattern(english), text) for english, text in known)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, english.split(GAP))), re.DOTALL)
