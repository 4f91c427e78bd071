"""House charts: shape and data, no colours, no markup."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from dashboard.charts import Chart, Series, bars, lines, stacked

DAYS = [
    {"step": datetime.fromisoformat(f"2026-03-{day}"), "revenue": revenue, "before": before}
    for day, revenue, before in (
        (16, Decimal("20.5"), Decimal(1)),
        (17, None, Decimal(2)),
        (18, Decimal(3), None),
    )
]


def drawn(chart: Chart | None) -> dict[str, Any]:
    assert chart is not None
    figure: dict[str, Any] = json.loads(chart.json())
    return figure


def test_an_unknown_value_is_a_gap_and_never_zero() -> None:
    (trace,) = drawn(lines(DAYS, [Series("revenue", "Revenue")], x="step", kind="money", currency="EUR"))[
        "data"
    ]
    assert trace["y"] == [20.5, None, 3.0]
    assert trace["text"] == ["€20.50", "n/a", "€3.00"]
    assert trace["connectgaps"] is False


def test_the_step_that_is_not_over_is_dotted() -> None:
    series = [Series("before", "Before", "compare"), Series("revenue", "Revenue")]
    before, main, tail = drawn(lines(DAYS, series, x="step", kind="money", unfinished=True))["data"]
    assert [len(before["x"]), len(main["x"]), tail["x"]] == [
        3,
        2,
        ["2026-03-17T00:00:00", "2026-03-18T00:00:00"],
    ]
    assert (tail["line"]["dash"], tail["meta"]["role"], tail["showlegend"]) == ("dot", "tail", False)


def test_colours_are_the_style_sheets() -> None:
    chart = stacked([{"x": 1, "a": 2}], [Series("a", "A", "event-search")], x="x", kind="count")
    text = drawn(chart)
    assert text["data"][0]["meta"] == {"role": "event-search"}
    assert "color" not in json.dumps(text)


def test_words_of_events_are_neither_markup_nor_templates() -> None:
    chart = bars([{"name": "<b>%{x}</b>", "n": 3}], label="name", value="n", kind="count")
    figure = drawn(chart)
    assert figure["data"][0]["customdata"] == ["&lt;b&gt;%\u200b{x}&lt;/b&gt;"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["&lt;b&gt;%\u200b{x}&lt;/b&gt;"]


def test_bars_leave_out_what_is_not_known_and_show_intervals() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "a", "n": 0.5, "low": 0.4, "high": 0.7},
        {"name": "b", "n": None, "low": None, "high": None},
    ]
    (bar,) = drawn(bars(rows, label="name", value="n", kind="percent", low="low", high="high"))["data"]
    assert bar["x"] == [0.5]
    assert [round(value, 9) for value in (*bar["error_x"]["array"], *bar["error_x"]["arrayminus"])] == [
        0.2,
        0.1,
    ]


def test_few_things_are_counted_in_ones() -> None:
    few = drawn(lines([{"x": 1, "n": 2}], [Series("n", "N")], x="x", kind="count"))["layout"]["yaxis"]
    many = drawn(lines([{"x": 1, "n": 2500}], [Series("n", "N")], x="x", kind="count"))["layout"]["yaxis"]
    assert (few["dtick"], few["tickformat"]) == (1, ",.2~f")
    assert ("dtick" in many, many["tickformat"]) == (False, "~s")
