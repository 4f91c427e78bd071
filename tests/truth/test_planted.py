"""Every planted bug makes the test that guards against it fail."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.truth.planted import ROOT, Tried, bugs, run_tests, try_all

BUGS = bugs()


@pytest.fixture(scope="module")
def tried() -> Mapping[str, Tried]:
    """All of them, tried once."""
    return {one.bug.name: one for one in try_all(BUGS)}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_text_that_a_bug_replaces_is_in_the_program_once(bug: object) -> None:
    found = next(one for one in BUGS if one is bug)
    assert (ROOT / found.path).read_text(encoding="utf-8").count(found.old) == 1
    assert found.old != found.new


def test_without_a_bug_their_tests_pass() -> None:
    code, said = run_tests(ROOT, sorted({bug.caught_by for bug in BUGS}))
    assert code == 0, said


@pytest.mark.parametrize("name", [bug.name for bug in BUGS])
def test_a_planted_bug_is_caught(tried: Mapping[str, Tried], name: str) -> None:
    assert tried[name].caught, tried[name].said


def test_there_are_bugs_enough_and_no_two_of_one_name() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 15
