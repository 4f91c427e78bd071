"""Each check finds its defect, and no other check does; what it counts is what a plain program counts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from collector.control.thresholds import Threshold
from dashboard import checks, queries
from dashboard.checks import BY_NAME, CHECKS, judge
from tests.dashboard import checked_oracle as oracle
from tests.dashboard.checked_world import PLANTED, asked, clean, reconciled
from tests.dashboard.shop_world import HOSTILE, Client, app_over, event, order, signed_in, week

NAMES = [check.name for check in CHECKS]


@pytest.fixture(scope="module")
def whole() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = clean()
    yield connection
    connection.close()


@pytest.fixture
def db(whole: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The clean shop; what a test does to it is undone."""
    whole.execute("begin")
    yield whole
    whole.execute("rollback")


def plant(db: duckdb.DuckDBPyConnection, name: str) -> None:
    for statement in PLANTED[name]:
        db.execute(statement)


def statuses(found: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    return {name: judge(BY_NAME[name], rows, BY_NAME[name].usual).status for name, rows in found.items()}


def test_every_file_of_a_check_is_a_check_and_has_its_words() -> None:
    files = {path.stem for path in (queries.FOLDER / checks.FOLDER).glob("*.sql")}
    assert sorted(files) == sorted(NAMES) == sorted(PLANTED)


def test_in_a_clean_shop_every_check_is_in_order(db: duckdb.DuckDBPyConnection) -> None:
    assert statuses(asked(db, reconciled())) == dict.fromkeys(NAMES, "ok")


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_defect_is_found_by_its_check_alone(db: duckdb.DuckDBPyConnection, name: str) -> None:
    plant(db, name)
    found = statuses(asked(db, reconciled(name)))
    assert found.pop(name) in ("warn", "alarm")
    assert found == dict.fromkeys((other for other in NAMES if other != name), "ok")


@pytest.mark.parametrize("seed", range(2))
def test_counts_are_those_of_a_plain_program(db: duckdb.DuckDBPyConnection, seed: int) -> None:
    dice = random.Random(seed)
    for name in dice.sample(sorted(PLANTED), 12):
        plant(db, name)
    db.execute("update events set bot = true where hash(event_id) % 97 = 0")
    told, store = asked(db, reconciled()), oracle.Store(db)
    for name, count in oracle.COUNTED.items():
        wanted = count(store)
        assert {row["day"]: (row["found"], row["base"]) for row in told[name]} == wanted, name
        for row in told[name]:
            share = wanted[row["day"]][0] / wanted[row["day"]][1] if wanted[row["day"]][1] else None
            assert row["value"] == (None if share is None else pytest.approx(share)), name
    assert {row["day"]: row["value"] for row in told["order_rate"]} == {
        day: None if value is None else pytest.approx(value)
        for day, value in oracle.order_rate(store).items()
    }
    for name, fallen in (("browser_drop", oracle.browser_drop), ("page_drop", oracle.page_drop)):
        assert {row["day"]: (row["value"], row["about"]) for row in told[name]} == {
            day: (None, None) if one is None else (pytest.approx(one[0]), one[1])
            for day, one in fallen(store).items()
        }, name


def test_examples_are_among_what_was_found_and_at_most_five_a_day(db: duckdb.DuckDBPyConnection) -> None:
    plant(db, "totals_differ")
    plant(db, "price_drift")
    told = asked(db, reconciled())
    several = {
        key
        for (key,) in db.execute(
            'select order_key from order_versions group by order_key having count(distinct "value") > 1'
        ).fetchall()
    }
    for row in told["totals_differ"]:
        assert len(row["ids"]) == len(row["said"]) == min(row["found"], 5)
        assert set(row["ids"]) <= several
    assert any(row["ids"] for row in told["price_drift"])


def days(*values: tuple[float | None, int, int]) -> list[dict[str, Any]]:
    return [
        {"day": date(2026, 3, 1 + number), "value": value, "found": found, "base": base, "about": None}
        for number, (value, found, base) in enumerate(values)
    ]


def test_a_period_is_found_divided_by_examined_and_not_the_mean_of_its_days() -> None:
    result = judge(BY_NAME["late"], days((1.0, 10, 10), (0.0, 0, 90)), Threshold(warn=0.1, alarm=0.5))
    assert (result.value, result.status, result.days_over) == (0.1, "warn", 1)
    assert (result.last_day, result.last, result.history) == (date(2026, 3, 2), 0.0, (1.0, 0.0))


def test_a_period_with_too_little_to_judge_is_not_judged() -> None:
    result = judge(BY_NAME["late"], days((1.0, 19, 19)), Threshold(warn=0.1, alarm=0.5))
    assert (result.value, result.status, result.because) == (None, "unknown", "checks.few")


def test_a_period_without_a_value_says_why() -> None:
    result = judge(BY_NAME["late"], days((None, 0, 0)), Threshold(warn=0.1, alarm=0.5))
    assert (result.value, result.status, result.because) == (None, "unknown", "checks.late_absent")


def test_where_the_worst_day_counts_the_period_is_its_worst_day() -> None:
    result = judge(
        BY_NAME["order_rate"], days((0.2, 40, 50), (0.9, 5, 50), (None, 1, 3)), Threshold(warn=0.6, alarm=0.9)
    )
    assert (result.value, result.status, result.found, result.base) == (0.9, "alarm", 5, 50)


@pytest.mark.parametrize(
    ("value", "warn", "alarm", "status"),
    [
        (0.0, 0.0, 0.0, "ok"),
        (0.01, 0.0, None, "warn"),
        (0.5, None, None, "ok"),
        (0.5, None, 0.5, "alarm"),
        (0.5, 0.5, 0.6, "warn"),
        (0.49, 0.5, 0.6, "ok"),
    ],
)
def test_a_threshold_counts_from_its_very_value_and_nothing_found_is_well(
    value: float, warn: float | None, alarm: float | None, status: str
) -> None:
    found = round(value * 100)
    result = judge(BY_NAME["late"], days((value, found, 100)), Threshold(warn=warn, alarm=alarm))
    assert result.status == status


@pytest.fixture
def client() -> Client:
    return signed_in(app_over(week()))


def told(client: Client, name: str) -> tuple[float | None, float | None, bool]:
    rows = client.get("/quality.json?tab=checks").json()["tables"]["quality/thresholds"]["rows"]
    (row,) = [row for row in rows if row["name"] == name]
    return row["warn"], row["alarm"], row["own"]


def test_thresholds_are_set_for_a_shop_and_taken_back(client: Client) -> None:
    assert told(client, "late") == (0.05, 0.2, False)
    form = {"act": "threshold", "check": "late", "warn": "2,5 %", "alarm": ""}
    answer = client.post("/quality?tab=checks&code=late", form)
    assert (answer.status, answer.headers["location"]) == (303, "/quality?tab=checks&code=late")
    assert told(client, "late") == (0.025, None, True)
    lamps = client.get("/quality.json?shop=lamps&tab=checks").json()["tables"]["quality/thresholds"]["rows"]
    assert [row["own"] for row in lamps] == [False] * len(CHECKS)
    text = client.get("/quality?tab=checks&code=late").text
    assert 'name="warn" inputmode="decimal" maxlength="12" value="2.5"' in text
    client.post("/quality?tab=checks&code=late", {**form, "usual": "1"})
    assert told(client, "late") == (0.05, 0.2, False)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"check": "late", "warn": "many"}, "is no percentage"),
        ({"check": "late", "warn": "-1"}, "is no percentage"),
        ({"check": "late", "warn": "50", "alarm": "10"}, "cannot warn later"),
        ({"check": "nothing", "warn": "1"}, "no check of that name"),
    ],
)
def test_a_threshold_that_is_none_changes_nothing(client: Client, form: dict[str, str], said: str) -> None:
    answer = client.post("/quality?tab=checks", {"act": "threshold", **form})
    assert (answer.status, said in answer.text) == (400, True)
    assert told(client, "late") == (0.05, 0.2, False)


def test_a_threshold_from_another_site_is_not_read(client: Client) -> None:
    form = {"act": "threshold", "check": "late", "warn": "1"}
    assert client.post("/quality?tab=checks", form, sec_fetch_site="cross-site").status == 403
    assert Client(client.app).post("/quality?tab=checks", form).headers["location"].startswith("/signin")
    assert told(client, "late") == (0.05, 0.2, False)


def test_an_opened_check_shows_its_days_and_leads_to_what_it_found() -> None:
    db = week()
    for number in range(40, 62):
        event(
            db,
            number,
            "03-17 09:05",
            recommended_by="dynamic",
            custom_name=HOSTILE,
            recommended_code=None if number % 2 else "blk",
            visitor_id="ann",
        )
    text = signed_in(app_over(db)).get("/quality?tab=checks&period=7d&code=code_missing").text
    assert "50.0\N{NO-BREAK SPACE}% · 11 of 22" in text
    assert 'href="/quality/0196a000-0000-7000-8000-00000000003d?period=7d"' in text
    assert "Tools without a code" in text
    assert '<span class="level error">alarm</span>' in text


def test_what_an_order_holds_is_text_among_the_examples() -> None:
    db = week()
    for number in range(25):
        order(db, f"{HOSTILE}{number}", "03-17 09:05", "5.00", visitor_id="eve", item_id=HOSTILE)
    text = signed_in(app_over(db)).get("/quality?tab=checks&period=7d&code=unseen_purchases").text
    assert "&lt;img" in text
    assert "<img" not in text


def test_a_check_without_an_answer_says_so_and_the_others_stand() -> None:
    db = week()
    db.execute('alter table order_versions rename column "value" to other')
    text = signed_in(app_over(db)).get("/quality?tab=checks&period=7d").text
    assert text.count('<tr>\n      <th scope="row">') == len(CHECKS)
    assert 'class="missing"' not in text


def test_a_check_that_is_none_opens_none(client: Client) -> None:
    assert "Choose a check above" in client.get("/quality?tab=checks&code=%3Cb%3E").text
