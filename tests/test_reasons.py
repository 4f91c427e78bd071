"""The list of reasons is closed, complete and helpful."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from collector import reasons

SOURCES = Path(__file__).parents[1] / "collector"
CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+(?::[A-Za-z_.{}]+)?|prefetch|duplicate")
CALLS = {"note", "coded", "Rejected", "Unusable", "refuse", "_refused", "Judged"}


def strings(node: ast.AST) -> list[str]:
    """Text constants of an expression; the fixed beginning of a formatted one."""
    found = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            found.append(inner.value)
    return found


def reported() -> set[str]:
    """The first argument of whatever reports a code, and every `codes=` and `code=`."""
    codes: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in CALLS and name != "Judged" and node.args:
                codes.update(strings(node.args[0]))
            for keyword in node.keywords:
                if keyword.arg in ("codes", "code"):
                    codes.update(strings(keyword.value))
    return {code for code in codes if CODE.fullmatch(code)}


def test_every_code_the_collector_reports_is_in_the_list() -> None:
    found = reported()
    assert len(found) > 40
    assert sorted(code for code in found if code.partition(":")[0] not in reasons.REASONS) == []


@pytest.mark.parametrize("reason", reasons.REASONS.values(), ids=lambda reason: reason.code)
def test_every_reason_says_what_happened_how_to_mend_it_and_which_rule_it_is(reason: reasons.Reason) -> None:
    assert reason.explanation.endswith(".")
    assert reason.mend.rstrip('}"\u201d')[-1] in ".:)"
    assert re.match(r"(r46|canonical) (V|E|T|D|Q|§)[0-9]", reason.rule)
    assert re.fullmatch(r"[a-z0-9_]+", reason.code)


VENDOR_TEXTS = [(vendor, code) for vendor, told in reasons.VENDORS.items() for code in told]


@pytest.mark.parametrize(("vendor", "code"), VENDOR_TEXTS)
def test_a_vendor_s_words_replace_those_of_a_known_code_and_name_its_document(vendor: str, code: str) -> None:
    told = reasons.explain(code, vendor)
    common = reasons.explain(code)
    assert (told.level, told.group) == (common.level, common.group)
    assert told.explanation.endswith(".")
    assert told.mend.endswith((".", "}]."))
    assert re.match(rf"{vendor} §[0-9]", told.rule)


def test_a_code_without_words_of_the_vendor_points_to_the_vendor_s_document() -> None:
    assert reasons.explain("price_invalid", "yespo").rule == "docs/wire/yespo.md"
    assert reasons.explain("json_duplicate_key", "yespo").rule == "canonical T6"
    assert reasons.explain("price_invalid").rule == "r46 V36"


def test_the_field_name_is_filled_into_the_texts() -> None:
    assert reasons.explain("field_missing:category_id") == reasons.Explained(
        code="field_missing:category_id",
        base="field_missing",
        field="category_id",
        group="field",
        explanation="category_id is missing or empty, and the event means nothing without it.",
        mend="Send category_id with every event of this kind.",
        rule="r46 V19, V48, V49",
        level="error",
    )


def test_a_code_without_its_field_still_reads_well() -> None:
    assert "{" not in reasons.explain("field_missing").explanation


def test_a_code_that_is_not_in_the_list_is_an_error() -> None:
    with pytest.raises(LookupError, match="made_up"):
        reasons.explain("made_up:x")


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("sid", "field_type:sid"),
        ("recommendedBy", "field_type:recommendedBy"),
        ("a b\r\nSet-Cookie: x", "field_type:abSetCookiex"),
        ("цена", "field_type:_"),
        ("", "field_type:_"),
        ("x" * 99, "field_type:" + "x" * 40),
    ],
)
def test_a_field_name_from_the_wire_is_made_harmless(field: str, code: str) -> None:
    assert reasons.coded("field_type", field) == code


def test_every_reason_has_a_level_its_own_or_that_of_its_group() -> None:
    assert {reason.level for reason in reasons.REASONS.values()} == set(reasons.LEVELS)
    levels = {
        code: reasons.level(code) for code in ("auth_invalid", "server_side", "order_changed", "duplicate")
    }
    assert levels == {
        "auth_invalid": "error",
        "server_side": "info",
        "order_changed": "note",
        "duplicate": "info",
    }


def test_a_code_with_its_field_has_the_level_of_the_code() -> None:
    assert (reasons.level("json_decoded:items"), reasons.level("field_missing:id")) == ("info", "error")


def test_only_what_somebody_should_look_at_is_loud() -> None:
    codes = ("currency_defaulted", "field_empty:stream", "sid_derived", "made_up_by_a_later_version")
    assert reasons.loud(codes) == ("field_empty:stream", "made_up_by_a_later_version")
    assert "currency_defaulted" in reasons.QUIET


def test_an_info_and_nothing_else_says_that_nothing_needs_to_be_done() -> None:
    infos = {reason.code for reason in reasons.REASONS.values() if reason.level == "info"}
    idle = {reason.code for reason in reasons.REASONS.values() if reason.mend.startswith("Nothing to do")}
    told = {"adapter_failed", "order_changed"}  # nothing on the page, and nothing if the order was edited
    assert idle - infos == told
    assert infos - idle == set()
