"""Questions in SQL belong to a shop; what a person asked is theirs to find again."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.control import Control
from collector.control.queries import LONGEST_SQL, MOST_RECENT, MOST_SAVED
from collector.errors import OperatorError


def _control(tmp_path: Path) -> Control:
    return Control(tmp_path / "control.sqlite")


def test_a_saved_question_is_found_with_its_values_by_its_shop_alone(tmp_path: Path) -> None:
    control = _control(tmp_path)
    query_id = control.queries.save("s", "ann", "Least", "select $a", {"a": "1"}, 10.0)
    found = control.queries.find("s", query_id)
    assert found is not None
    assert (found.name, found.sql, dict(found.given), found.who) == ("Least", "select $a", {"a": "1"}, "ann")
    assert control.queries.find("other", query_id) is None
    assert control.queries.saved("other") == []
    control.close()


def test_saving_again_under_a_name_keeps_its_address(tmp_path: Path) -> None:
    control = _control(tmp_path)
    first = control.queries.save("s", "ann", "A", "select 1", {}, 10.0)
    assert control.queries.save("s", "bob", "A", "select 2", {}, 11.0) == first
    assert [(one.sql, one.who) for one in control.queries.saved("s")] == [("select 2", "bob")]
    control.queries.remove("other", first)
    assert len(control.queries.saved("s")) == 1
    control.queries.remove("s", first)
    assert control.queries.saved("s") == []
    control.close()


def test_each_person_finds_their_own_last_questions(tmp_path: Path) -> None:
    control = _control(tmp_path)
    for number in range(MOST_RECENT + 5):
        control.queries.asked("s", "ann", f"select {number}", {}, float(number))
    control.queries.asked("s", "bob", "select 'bob'", {}, 1.0)
    recent = control.queries.recent("s", "ann")
    assert [one.sql for one in recent] == [f"select {number}" for number in range(MOST_RECENT + 4, 4, -1)]
    assert [one.sql for one in control.queries.recent("s", "bob")] == ["select 'bob'"]
    assert control.queries.saved("s") == []
    control.close()


@pytest.mark.parametrize(
    ("name", "sql"), [("", "select 1"), ("x" * 81, "select 1"), ("a", " "), ("a", "x" * (LONGEST_SQL + 1))]
)
def test_a_question_without_a_name_or_text_is_not_kept(tmp_path: Path, name: str, sql: str) -> None:
    control = _control(tmp_path)
    with pytest.raises(OperatorError):
        control.queries.save("s", "ann", name, sql, {}, 1.0)
    assert control.queries.saved("s") == []
    control.close()


def test_a_shop_keeps_so_many_questions_and_no_more(tmp_path: Path) -> None:
    control = _control(tmp_path)
    for number in range(MOST_SAVED):
        control.queries.save("s", "ann", str(number), "select 1", {}, 1.0)
    with pytest.raises(OperatorError, match="at most"):
        control.queries.save("s", "ann", "one more", "select 1", {}, 1.0)
    control.queries.save("s", "ann", "7", "select 2", {}, 1.0)
    control.close()
