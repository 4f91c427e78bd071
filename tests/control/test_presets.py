"""A shop's own presets: what may be typed, and that they are kept a shop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli import r46
from collector.control import Control
from collector.control.presets import MOST, Preset, preset_of, window_of
from collector.errors import OperatorError
from collector.wire import Shop

TYPED = {
    "name": "Ours",
    "unit": "line",
    "kinds": "click_add",
    "window": "7d",
    "winner": "linear",
    "match": "group",
    "value": "net",
    "reset": "source",
}
OURS = Preset(
    name="Ours",
    unit="line",
    family="storefront",
    kinds="click_add",
    span="time",
    hours=168,
    winner="linear",
    match="group",
    value="net",
    reset="source",
)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path / "control.sqlite")
    opened.add(Shop(shop_id="kettles"))
    opened.add(Shop(shop_id="lamps"))
    yield opened
    opened.close()


def test_what_is_typed_becomes_the_seven_parameters() -> None:
    assert preset_of(TYPED) == OURS


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("session", ("session", 24)),
        ("run", ("run", 24)),
        ("day", ("day", 25)),
        ("1h", ("time", 1)),
        (" 24H ", ("time", 24)),
        ("30d", ("time", 720)),
        ("720h", ("time", 720)),
    ],
)
def test_a_window_is_a_word_hours_or_days(text: str, window: tuple[str, int]) -> None:
    assert window_of(text) == window


@pytest.mark.parametrize(
    "text", ["", "0h", "-1h", "31d", "721h", "24", "h", "1w", "session; drop", "٣h", "1h\n2h"]
)
def test_a_window_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(OperatorError):
        window_of(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 41},
        {"name": "two\nlines"},
        {"name": "\x1b[31m"},
        {"unit": "basket"},
        {"kinds": ""},
        {"winner": "random"},
        {"match": "sku' or 1=1"},
        {"value": "all"},
        {"unit": "order", "kinds": "click_before_add"},
        {"reset": "always"},
        {"window": "never"},
    ],
)
def test_a_preset_that_means_nothing_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(OperatorError):
        preset_of({**TYPED, **wrong})


def test_a_whole_order_and_a_message_match_anything() -> None:
    assert preset_of({**TYPED, "unit": "order", "value": "gross"}).match == "any"
    message = preset_of({**TYPED, "kinds": "message_click"})
    assert (message.family, message.match) == ("message", "any")


def test_presets_are_kept_a_shop_by_name_and_one_of_the_same_name_is_replaced(control: Control) -> None:
    assert control.presets.save("kettles", OURS) is True
    assert control.presets.save("kettles", preset_of({**TYPED, "name": "A"})) is True
    again = preset_of({**TYPED, "winner": "shapley"})
    assert control.presets.save("kettles", again) is False
    assert [(one.name, one.winner) for one in control.presets.of("kettles")] == [
        ("A", "linear"),
        ("Ours", "shapley"),
    ]
    assert control.presets.of("lamps") == []


def test_a_preset_that_is_removed_is_gone_and_one_that_is_not_there_is_told(control: Control) -> None:
    control.presets.save("kettles", OURS)
    with pytest.raises(OperatorError, match="has no preset"):
        control.presets.remove("lamps", "Ours")
    control.presets.remove("kettles", "Ours")
    assert control.presets.of("kettles") == []
    with pytest.raises(OperatorError, match="has no preset"):
        control.presets.remove("kettles", "Ours")


def test_an_unknown_shop_has_no_presets_and_gets_none(control: Control) -> None:
    with pytest.raises(OperatorError, match="no shop"):
        control.presets.save("mugs", OURS)
    assert control.presets.of("mugs") == []


def test_a_shop_has_so_many_presets_and_no_more(control: Control) -> None:
    for number in range(MOST):
        control.presets.save("kettles", preset_of({**TYPED, "name": f"rule {number}"}))
    with pytest.raises(OperatorError, match="20 presets"):
        control.presets.save("kettles", OURS)
    assert control.presets.save("kettles", preset_of({**TYPED, "name": "rule 3", "winner": "first"})) is False


def test_another_process_sees_a_preset_at_once(control: Control, tmp_path: Path) -> None:
    other = Control(tmp_path / "control.sqlite")
    control.presets.save("kettles", OURS)
    assert other.presets.of("kettles") == [OURS]
    other.close()


def test_the_command_adds_lists_and_removes(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    control = Control(tmp_path / "control.sqlite")
    control.add(Shop(shop_id="kettles"))
    control.close()

    def run(*words: str) -> str:
        done = CliRunner().invoke(r46, ["preset", *words, "--shop", "kettles", *data], obj={})
        if done.exception:
            raise done.exception
        return done.output

    line = "Ours\tline\tclick_add\t168h\tlinear\tgroup\tnet\tsource\n"
    typed = (
        "--window",
        "7d",
        "--winner",
        "linear",
        "--match",
        "group",
        "--value",
        "net",
        "--reset",
        "source",
    )
    assert run("add", "Ours", *typed) == f"added\t{line}"
    assert run("add", "Ours", *typed) == f"replaced\t{line}"
    assert run("list") == line
    assert run("remove", "Ours") == "removed\tOurs\n"
    assert run("list") == ""
    with pytest.raises(OperatorError, match="has no preset"):
        run("remove", "Ours")
