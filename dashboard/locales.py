"""How a language writes numbers, money and days, and which form of a word a number takes.

The data is CLDR's, read by Babel once a language. `dashboard.format` writes with it in code of
its own: a page has thousands of cells, and a pattern read anew for each takes fifty times longer.
Two things are the house's: a percent sign stands after a narrow gap in every language, and days
are written day, month, year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale as Data

SPACE: Final = "\N{NO-BREAK SPACE}"
FORMS: Final = ("one", "few", "many", "other")
"""Forms that texts can have; which of them a language needs is `Locale.forms`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """One language. `group` separates thousands; `comma` stands where a day's parts need one.

    `signs` maps the separators of Python's own formatting to these, None where they are the same.
    """

    language: str
    name: str  # in its own words
    group: str
    decimal: str
    signs: Mapping[int, str] | None
    sign_first: bool  # of a currency: before the amount, without a gap
    months: tuple[str, ...]  # as they stand in a date, shortened: of, not on its own
    whole_months: tuple[str, ...]  # as they stand on their own, shortened
    weekdays: tuple[str, ...]  # from Monday, shortened
    comma: str
    forms: tuple[str, ...]
    form: Callable[[int], str]  # the plural form of a number
    letters: bool  # whether k and M read as thousand and million


@cache
def locale(language: str) -> Locale:
    """What is known of an ISO 639-1 language; raises babel's UnknownLocaleError for one that is none."""
    data = Data.parse(language)
    numbers = data.number_symbols[data.default_numbering_system]
    group, decimal = numbers["group"], numbers["decimal"]
    months, alone = data.months["format"]["abbreviated"], data.months["stand-alone"]["abbreviated"]
    days = data.days["format"]["abbreviated"]
    short = data.compact_decimal_formats["short"]["other"]
    return Locale(
        language=language,
        name=str(data.get_language_name(language)).capitalize(),
        group=group,
        decimal=decimal,
        signs=None if (group, decimal) == (",", ".") else {ord(","): group, ord("."): decimal},
        sign_first=data.currency_formats["standard"].pattern.startswith("¤"),
        months=tuple(months[number] for number in range(1, 13)),
        whole_months=tuple(alone[number] for number in range(1, 13)),
        weekdays=tuple(days[number] for number in range(7)),
        comma="" if language == "en" else ",",
        forms=tuple(form for form in FORMS if form in data.plural_form.tags or form == "other"),
        form=data.plural_form,
        letters=str(short["1000"].pattern).endswith("K"),
    )
