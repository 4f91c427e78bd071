"""The words of every language: whole, with the same gaps, and with the plural forms that it needs."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector import reasons
from dashboard.locales import locale
from dashboard.page import load_pages
from dashboard.queries import names
from dashboard.questions import describe
from dashboard.texts import BASE, Texts, languages, load, written
from dashboard.translated import GAP, question, reason, refusal

ROOT = Path(__file__).parents[2]
OTHERS = [name for name in languages() if name != BASE]
ELSEWHERE = ("queries", "reasons", "refusals")
"""Files whose English stands elsewhere, see `dashboard.translated`."""
VALUES = re.compile("[a-z_]+(, [a-z_]+)+")
HOLE = re.compile(r"\{([a-z_]*)\}")
LATIN_ALONE = frozenset(
    [
        "identifiers.email",
        "identifiers.telegram_id",
        "channels.sms",
        "channels.push",
        "panel.csv",
        "panel.sql",
        "panel.parquet",
        "presets.rees46",
        "presets.nosto",
        "presets.dynamic_yield",
        "presets.einstein",
        "presets.mapp",
        "presets.algonomy",
        "rules.rfm",
        "segments.tab_rfm",
        "segments.steps_of",
        "recommendations.click_rate",
        "rules.part_utm_source",
        "rules.part_utm_medium",
        "rules.part_utm_campaign",
        "frame.period",
        "quality.content_type",
        "quality.user_agent",
        "panel.json",
        "sql.title",
        "chips.by_source",
        "chips.by_medium",
        "chips.by_campaign",
        "validator.short_product_silent",
        "validator.short_purchase_silent",
        "validator.short_search_silent",
        "validator.short_category_silent",
        "settings_privacy.email",
        "settings_shop.gpc",
        "vendors.rees46",
        "vendors.retailrocket",
        "vendors.yespo",
        "vendors.intempt",
        "vendors.exponea",
        "destination_kinds.r46",
        "destination_kinds.retailrocket",
        "destination_kinds.yespo",
        "destination_kinds.intempt",
        "destination_kinds.exponea",
        "destination_kinds.ga4",
    ]
)
"""Texts that are names, alike in every language."""


def _forms(words: object) -> list[str]:
    return [words] if isinstance(words, str) else list(words.values())  # type: ignore[attr-defined]


def _holes(words: object) -> list[Counter[str]]:
    return [Counter(HOLE.findall(text)) for text in _forms(words)]


def test_there_is_english_and_russian() -> None:
    assert set(languages()) >= {"en", "ru"}


@pytest.mark.parametrize("language", OTHERS)
def test_every_english_key_has_words_in_the_other_language_and_back(language: str) -> None:
    theirs = {key for key in written(language) if key.split(".")[0] not in ELSEWHERE}
    assert theirs ^ set(written(BASE)) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_the_gaps_of_a_text_are_the_same_in_every_language(language: str) -> None:
    theirs = written(language)
    wrong = {
        key
        for key, words in written(BASE).items()
        if key in theirs
        and {frozenset(one) for one in _holes(words)} != {frozenset(one) for one in _holes(theirs[key])}
    }
    assert wrong == set()


@pytest.mark.parametrize("language", languages())
def test_a_text_with_plural_forms_has_those_of_its_language(language: str) -> None:
    wrong = {
        key: set(words)
        for key, words in written(language).items()
        if not isinstance(words, str) and set(words) != set(locale(language).forms)
    }
    assert wrong == {}


def _is_russian(text: str) -> bool:
    """Whether it has a Cyrillic letter, or none at all beside its gaps, or lists values of data."""
    alone = VALUES.fullmatch(text) or not re.search("[A-Za-z]", HOLE.sub("", text))
    return bool(alone or re.search("[А-Яа-яЁё]", text))


def test_russian_is_written_in_russian() -> None:
    wrong = {
        key: words
        for key, words in written("ru").items()
        if key not in LATIN_ALONE and not all(map(_is_russian, _forms(words)))
    }
    assert wrong == {}


def test_a_number_chooses_its_form() -> None:
    forms = {
        "one": "{count} заказ",
        "few": "{count} заказа",
        "many": "{count} заказов",
        "other": "{count} заказа",
    }
    texts = Texts({"x.orders": forms}, "ru")
    said = [texts("x.orders", count=number) for number in (0, 1, 2, 5, 11, 12, 21, 104, 1011, 12345)]
    assert said == [
        "0 заказов",
        "1 заказ",
        "2 заказа",
        "5 заказов",
        "11 заказов",
        "12 заказов",
        "21 заказ",
        "104 заказа",
        "1\N{NO-BREAK SPACE}011 заказов",
        "12\N{NO-BREAK SPACE}345 заказов",
    ]
    english = Texts({"x.orders": {"one": "{count} order of {who}", "other": "{count} orders of {who}"}}, "en")
    assert [english("x.orders", count=n, who="Ann") for n in (1, 2, 1000)] == [
        "1 order of Ann",
        "2 orders of Ann",
        "1,000 orders of Ann",
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_every_question_that_a_page_asks_has_its_title_and_definition(language: str) -> None:
    asked = {name for page in load_pages() for name in page.queries()}
    theirs = load(language).within("queries")
    assert {
        name for name in asked if f"{name}.title" not in theirs or f"{name}.define" not in theirs
    } == set()
    gone = {key.rpartition(".")[0] for key in theirs} - asked - set(names())
    assert gone == set()


def test_a_question_is_told_in_the_language_of_the_page() -> None:
    known = describe("overview/products")
    assert question("overview/products", load("en")) == known
    told = question("overview/products", load("ru"))
    assert (told.title, told.sql) == ("Лучшие товары", known.sql)


@pytest.mark.parametrize("language", OTHERS)
def test_every_reason_code_is_explained_with_the_same_gaps(language: str) -> None:
    english: dict[str, str] = {}
    for code, one in reasons.REASONS.items():
        english |= {f"{code}.explanation": one.explanation, f"{code}.mend": one.mend}
    for vendor, texts in reasons.VENDORS.items():
        for code, other in texts.items():
            english |= {
                f"{vendor}.{code}.explanation": other.explanation,
                f"{vendor}.{code}.mend": other.mend,
            }
    theirs = load(language).within("reasons")
    assert theirs.keys() - {"the_field"} == english.keys()
    assert {key for key in english if ("{field}" in english[key]) != ("{field}" in theirs[key])} == set()


def test_a_reason_is_told_with_its_field_and_in_the_words_of_its_protocol() -> None:
    ru = load("ru")
    assert reason("field_empty:email", ru).mend == "Не передавайте email, если значения нет."
    assert reason("field_empty", ru).mend == "Не передавайте поле, если значения нет."
    assert reason("auth_missing", ru, "yespo").explanation == (
        "В запросе нет ключа API, поэтому из него ничего не взято."
    )
    assert reason("auth_missing", load("en"), "yespo") == reasons.explain("auth_missing", "yespo")


def test_a_refusal_is_told_in_russian_with_what_it_speaks_of() -> None:
    ru = load("ru")
    assert refusal("there is no shop with the id 'x'", ru) == "магазина с id 'x' нет"
    assert refusal("rule.of[1].least: is empty; version: is no JSON", ru) == (
        "rule.of[1].least: пусто; version: не JSON"
    )
    assert refusal("line 3: 'x' is no day; one is 2026-03-14", ru) == (
        "строка 3: 'x' — не день; день пишется так: 2026-03-14"
    )
    assert refusal("{0}{__class__} is no percentage; write 2.5 for 2.5 %", ru).startswith(
        "{0}{__class__} — не"
    )
    assert refusal("nobody wrote this", ru) == "nobody wrote this"
    assert refusal("there is no such segment", load("en")) == "there is no such segment"


def _said(path: Path) -> Iterator[str]:
    """Sentences with which code refuses, their filled parts as gaps."""
    text = path.read_text()
    if "OperatorError(" not in text and "Mistake(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("OperatorError", "Mistake"):
            yield from (said for said in map(_sentence, node.args) if said)


def _sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    return ""


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("part", ["dashboard", "collector/control"])
def test_whatever_refuses_a_form_says_so_in_every_language(part: str, language: str) -> None:
    known = load(language).within("refusals")
    said = {text for path in sorted((ROOT / part).rglob("*.py")) for text in _said(path)}
    assert {text for text in said if text not in known} == set()


def test_every_refusal_with_a_code_has_its_words() -> None:
    codes = {
        str(node.args[0].value)
        for part in ("dashboard", "collector/control")
        for path in (ROOT / part).rglob("*.py")
        if "Refused(" in (text := path.read_text())
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Refused"
        and isinstance(node.args[0], ast.Constant)
    }
    assert {code for code in codes if f"refused.{code}" not in written(BASE)} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translated_refusal_fills_no_gap_that_there_is_not(language: str) -> None:
    for english, text in load(language).within("refusals").items():
        used = {int(number) for number in re.findall(r"\{(\d+)\}", text)}
        assert used == set(range(english.count(GAP))), english
        assert "{}" not in text, english
