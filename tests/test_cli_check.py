"""`r46 check` and `r46 reconcile` on a data folder without a server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from collector.cli import r46
from collector.control import Control
from collector.wire import Shop

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    control = Control(tmp_path / "control.sqlite")
    control.add(Shop(shop_id="kettles", name="Kettles", timezone="Europe/Berlin"))
    control.close()

    def runs(*words: str) -> Result:
        return CliRunner().invoke(r46, [*words, "--data", str(tmp_path)], obj={})

    return runs


def test_thresholds_are_listed_set_and_taken_back(run: Run) -> None:
    assert "late              \t5 %\t20 %\tthe check's" in run("check", "list", "--shop", "kettles").output
    said = run("check", "set", "late", "--shop", "kettles", "--warn", "2.5", "--alarm", "never").output
    assert said == "late: warns from 2.5 %, alarms from never\n"
    assert "late              \t2.5 %\tnever\tthe shop's" in run("check", "list", "--shop", "kettles").output
    said = run("check", "set", "late", "--shop", "kettles", "--usual").output
    assert said == "late: warns from 5 %, alarms from 20 %\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "list", "--shop", "nobody"), "no shop has the id 'nobody'"),
        (("check", "set", "nothing", "--shop", "kettles"), "'nothing' is no check"),
        (("check", "set", "late", "--shop", "kettles", "--warn", "much"), "is no percentage"),
        (("check", "set", "late", "--shop", "kettles", "--warn", "30"), "cannot warn later"),
        (("check", "run", "--shop", "kettles", "--period", "ever"), "'ever' is not a period"),
        (("check", "run", "--shop", "nobody"), "no shop has the id 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, words: tuple[str, ...], said: str) -> None:
    assert said in str(run(*words).exception)


def test_a_run_without_an_alarm_ends_well_and_one_with_an_alarm_does_not(run: Run, tmp_path: Path) -> None:
    calm = run("check", "run", "--shop", "kettles", "--period", "28d")
    assert calm.exit_code == 0, calm.output
    assert calm.output.count("UNKNOWN") == 19
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    file = tmp_path / "orders.csv"
    file.write_text(f"Order Id;Total;Date\nA-1;1.234,50;{today}\n=A-2;5,00;{today}\n")
    told = run("reconcile", str(file), "--shop", "kettles")
    assert told.exit_code == 0, told.output
    assert [line.split() for line in told.output.splitlines()][:2] == [
        ["matched", "0"],
        ["missing_here", "2"],
    ]
    assert "sum_there          1239.50 EUR".replace(" ", "") in told.output.replace(" ", "")
    listed = run("reconcile", str(file), "--shop", "kettles", "--csv").output.splitlines()
    assert listed[0] == "number,outcome,reason,day,there,here,status_there,status_here"
    assert listed[1:] == [
        f"'=A-2,missing_here,silent_day,{today},5.00,,,",
        f"A-1,missing_here,silent_day,{today},1234.50,,,",
    ]
    alarmed = run("check", "run", "--shop", "kettles", "--period", "28d")
    assert alarmed.exit_code == 1
    assert "ALARM   orders_missing    100 %  2 / 2" in alarmed.output
