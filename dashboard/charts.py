"""The house charts. Figures carry shape and data, never colours.

A trace says its part in `meta.role` ("main", "compare", "tail", "series-1" …) and the
page's script paints roles from the style sheet, so that light and dark need no reload.
Every text is escaped: Plotly reads labels as markup.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import plotly.graph_objects as go  # type: ignore[import-untyped]

from dashboard import format, texts
from dashboard.locales import SPACE

Row = Mapping[str, Any]
Kind = Literal["count", "number", "money", "percent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure, its height in pixels, and a sentence for who cannot see it.

    `about` is a text key, filled with `facts`; empty means the panel's title.
    """

    figure: go.Figure
    height: int = 280
    spans: tuple[date, date] | None = None  # the first and last day of its steps, where they are times
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> str:
        """The figure as JSON text; decimals and days are already plain."""
        return str(self.figure.to_json())


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one layer: the rows' key, what the legend says, and its role."""

    value: str
    name: str
    role: str = "main"


def lines(
    rows: Sequence[Row],
    series: Sequence[Series],
    *,
    x: str,
    kind: Kind,
    currency: str = "",
    unfinished: bool = False,
    about: str = "",
) -> Chart:
    """Series over time. An unknown value is a gap; the step that is not over is dotted."""
    traces: list[go.Scatter] = []
    xs = [_plain(row[x]) for row in rows]
    for one in series:
        ys = [_number(row[one.value]) for row in rows]
        texts = [text(row[one.value], kind, currency) for row in rows]
        tail = unfinished and one.role == "main" and len(ys) > 1
        cut = len(ys) - 1 if tail else len(ys)
        traces.append(_line(one, xs[:cut], ys[:cut], texts[:cut]))
        if tail:
            traces.append(_tail(one, xs[-2:], ys[-2:], texts[-2:]))
    values = (_number(row[one.value]) for row in rows for one in series)
    layout = _layout(hovermode="x unified", yaxis=_axis(kind, currency, values))
    layout["legend"]["traceorder"] = "reversed"
    return Chart(figure=go.Figure(data=traces, layout=layout), spans=_spans(rows, x), about=about)


def bars(
    rows: Sequence[Row],
    *,
    label: str,
    value: str,
    kind: Kind,
    currency: str = "",
    low: str = "",
    high: str = "",
    about: str = "",
) -> Chart:
    """One horizontal bar a row, the first on top; `low` and `high` name an interval's ends."""
    shown = [row for row in rows if row[value] is not None]
    ys = [_number(row[value]) for row in shown]
    bar = go.Bar(
        x=ys,
        y=list(range(len(shown))),
        orientation="h",
        text=[text(row[value], kind, currency) for row in shown],
        textposition="auto",
        hovertemplate="%{text}<extra>%{customdata}</extra>",
        customdata=[_label(row[label]) for row in shown],
        meta={"role": "main"},
    )
    if low and high:
        plus = [_gap(row[high], row[value]) for row in shown]
        minus = [_gap(row[value], row[low]) for row in shown]
        bar.error_x = {"type": "data", "array": plus, "arrayminus": minus, "thickness": 1}
        bar.insidetextanchor = "start"  # the interval is drawn over the other end
    names = [_label(row[label], 28) for row in shown]
    yaxis = {"tickvals": list(range(len(shown))), "ticktext": names, "autorange": "reversed"}
    layout = _layout(yaxis={**yaxis, "automargin": True}, xaxis=_axis(kind, currency, ys), showlegend=False)
    figure = go.Figure(data=[bar], layout=layout)
    return Chart(figure=figure, height=max(120, 48 + 28 * len(shown)), about=about)


def stacked(
    rows: Sequence[Row],
    series: Sequence[Series],
    *,
    x: str,
    kind: Kind,
    currency: str = "",
    about: str = "",
    hatched: str = "",
) -> Chart:
    """Layers over time, one column a step; hatched are the steps whose key `hatched` is true."""
    pattern = {"shape": ["/" if hatched and row[hatched] else "" for row in rows]}
    traces = [
        go.Bar(
            x=[_plain(row[x]) for row in rows],
            y=[_number(row[one.value]) for row in rows],
            name=_label(one.name),
            meta={"role": one.role},
            marker={"pattern": pattern} if hatched else {},
            hovertemplate=f"%{{y:,}}<extra>{_label(one.name)}</extra>",
        )
        for one in series
    ]
    sums = (sum(_number(row[one.value]) or 0.0 for one in series) for row in rows)
    layout = _layout(barmode="stack", bargap=0.15, hovermode="x unified", yaxis=_axis(kind, currency, sums))
    layout["legend"]["traceorder"] = "normal"
    figure = go.Figure(data=traces, layout=layout)
    return Chart(figure=figure, height=220, spans=_spans(rows, x), about=about)


def noted(chart: Chart, days: Sequence[date]) -> Chart:
    """The chart with a dotted line at the beginning of each day that it shows; numbers are places in `days`."""
    if chart.spans is None:
        return chart
    for number, day in enumerate(days, 1):
        if not chart.spans[0] <= day <= chart.spans[1]:
            continue
        at = day.isoformat()
        line = {"dash": "dot", "width": 1}
        chart.figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line=line, name="note")
        place = {"x": at, "y": 1, "yref": "paper", "yanchor": "top", "xanchor": "left"}
        chart.figure.add_annotation(**place, text=str(number), showarrow=False, name="note")
    return chart


def _spans(rows: Sequence[Row], x: str) -> tuple[date, date] | None:
    """The days of the first and the last step; None where steps are no times."""
    days = [_day(rows[place][x]) for place in (0, -1)] if rows else []
    first, last = days or (None, None)
    return (first, last) if first and last else None


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def _line(one: Series, xs: list[Any], ys: list[Any], texts: list[str]) -> go.Scatter:
    return go.Scatter(
        x=xs,
        y=ys,
        text=texts,
        name=_label(one.name),
        mode="lines+markers" if len(xs) == 1 else "lines",
        connectgaps=False,
        meta={"role": one.role},
        hovertemplate=f"%{{text}}<extra>{_label(one.name)}</extra>",
    )


def _tail(one: Series, xs: list[Any], ys: list[Any], texts: list[str]) -> go.Scatter:
    """From the last whole step to the one that is not over; its start is not shown twice."""
    return go.Scatter(
        x=xs,
        y=ys,
        text=texts,
        name=_label(one.name),
        mode="lines",
        line={"dash": "dot"},
        showlegend=False,
        meta={"role": "tail"},
        hovertemplate=["<extra></extra>", f"%{{text}}<extra>{_label(one.name)}</extra>"],
    )


def _layout(**more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "template": "none",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"automargin": True, "fixedrange": True, "zeroline": False, "showgrid": False},
    }
    for name, value in more.items():
        base[name] = {**base.get(name, {}), **value} if isinstance(value, dict) else value
    if "yaxis" in base:
        base["yaxis"] = {"fixedrange": True, **base["yaxis"]}
    return base


def _axis(kind: Kind, currency: str, values: Iterable[float | None]) -> dict[str, Any]:
    """An axis from zero; small numbers are written out, and few things are counted in ones."""
    top = max((value for value in values if value is not None), default=0.0)
    axis: dict[str, Any] = {"rangemode": "tozero", "automargin": True, "zeroline": False, "nticks": 6}
    short = top >= 1000 and format.spoken().letters
    axis["tickformat"] = ".1~%" if kind == "percent" else "~s" if short else ",.2~f"
    if kind == "count" and top <= 5:
        axis["dtick"] = 1
    if kind == "money":
        axis.update(_signed(format.SYMBOLS.get(currency, "")))
    return axis


def _signed(symbol: str) -> dict[str, str]:
    """The sign of a currency where the language puts it; separators are the script's, by the page's language."""
    if format.spoken().sign_first or not symbol:
        return {"tickprefix": symbol}
    return {"ticksuffix": f"{SPACE}{symbol}"}


def text(value: Any, kind: Kind, currency: str) -> str:
    """A value as its hover says it."""
    if value is None:
        return texts.spoken()("absent.short")
    written: dict[Kind, Callable[[], str]] = {
        "count": lambda: format.count(value),
        "number": lambda: format.number(value),
        "money": lambda: format.money(value, currency),
        "percent": lambda: format.percent(value),
    }
    return written[kind]()


def _label(value: Any, longest: int = 200) -> str:
    """Text of an event as text: no markup, no `%{...}` that a hover template would read."""
    text = "–" if value is None else str(value)
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return html.escape(text, quote=False).replace("%{", "%\u200b{")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _gap(high: Any, low: Any) -> float:
    return max(0.0, float(high) - float(low)) if high is not None and low is not None else 0.0


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def embed(text: str) -> str:
    """JSON text that is safe inside a script element of a page, whatever it says."""
    for sign in ("&", "<", ">", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def data_block(value: Any) -> str:
    """Any JSON-ready value as safe text of a data block."""
    return embed(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))
