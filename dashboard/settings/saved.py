"""What people saved, each with the way to where it is used, and how to remove it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from collector.control.rates import rate_of, read_rates
from collector.errors import OperatorError
from dashboard import check_page, format
from dashboard.desk import Desk
from dashboard.filters import OWN
from dashboard.forms import Form
from dashboard.page import Column, Grid, Panel, Row, Tables
from dashboard.rules import window
from dashboard.scope import Scope
from dashboard.segments.saved import SavedSegments
from dashboard.settings import Tab, noted

WORDS: Final = "settings_saved"
PRESETS, SEGMENTS = "control/presets", "control/segments"
FUNNELS, THRESHOLDS, RATES = "control/funnels", "control/thresholds", "control/rates"
SHOWN: Final = 50
PRESET: Final = (
    Column(name="name", title=f"{WORDS}.name", href="use", sortable=False),
    *(
        Column(name=part, title=f"claims.{part}", sortable=False)
        for part in ("unit", "kinds", "window", "winner")
    ),
)
SEGMENT: Final = (
    Column(name="name", title=f"{WORDS}.name", href="use", sortable=False),
    Column(name="kind", title=f"{WORDS}.kind", sortable=False),
    Column(name="created_at", kind="time", title=f"{WORDS}.created_at", sortable=False),
)
FUNNEL: Final = (
    Column(name="name", title=f"{WORDS}.name", href="use", sortable=False),
    Column(name="window", title="funnels.window", sortable=False),
    Column(name="unit", title="funnels.unit", sortable=False),
)
THRESHOLD: Final = (
    Column(name="title", title="checks.name", href="use", sortable=False),
    *(
        Column(name=name, kind="percent", title=f"{WORDS}.{name}", absent="checks.never", sortable=False)
        for name in ("warn", "alarm", "usual_warn", "usual_alarm")
    ),
)
RATE: Final = (
    Column(name="currency", title=f"{WORDS}.currency", sortable=False),
    Column(name="day", kind="day", title=f"{WORDS}.day", sortable=False),
    Column(name="rate", kind="code", title=f"{WORDS}.rate", sortable=False),
)


def presets(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Rules of the shop's own; a name leads to the Claim checker, where they are made."""
    own = {one.name: one for one in scope.presets}
    rows = [
        {
            **row,
            "id": row["name"],
            "use": scope.url("claims", preset=OWN + row["name"], model=row["winner"]),
            "unit": scope.words(f"claims.unit_{row['unit']}"),
            "kinds": scope.words(f"claims.kinds_{row['kinds']}"),
            "window": window({"span": own[row["name"]].span, "hours": own[row["name"]].hours}, scope),
            "winner": scope.words(f"presets.model_{row['winner']}"),
        }
        for row in tables[PRESETS].rows
    ]
    return _listed(PRESET, rows, "presets_none", scope, scope.url("claims") + "#own")


def segments(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Segments; a name leads to the Overview of those visitors alone."""
    rows = [
        {
            **row,
            "id": row["segment_id"],
            "use": scope.url("overview", segment=row["segment_id"]),
            "kind": scope.words(f"{WORDS}.{row['kind']}"),
        }
        for row in tables[SEGMENTS].rows
    ]
    return _listed(SEGMENT, rows, "segments_none", scope, scope.url("segments", tab="builder"))


def funnels(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Funnels; a name leads to it."""
    rows = [
        {
            "name": row["name"],
            "id": row["name"],
            "use": scope.url("funnels", steps=row["steps"], window=row["window"], unit=row["unit"]),
            "window": scope.words(f"funnels.window_{row['window']}"),
            "unit": scope.words(f"funnels.unit_{row['unit']}"),
        }
        for row in tables[FUNNELS].rows
    ]
    return _listed(FUNNEL, rows, "funnels_none", scope, scope.url("funnels"))


def thresholds(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Changed thresholds; a name leads to the check, where they are changed."""
    rows = [
        {
            **row,
            "id": row["check"],
            "title": scope.words(f"checks.{row['check']}"),
            "use": scope.url("quality", tab=check_page.TAB, code=row["check"]) + "#check",
        }
        for row in tables[THRESHOLDS].rows
    ]
    return _listed(THRESHOLD, rows, "thresholds_none", scope, scope.url("quality", tab=check_page.TAB))


def rates(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The newest rates, and the form that tells others."""
    every = tables[RATES].rows
    rows = [
        {**row, "rate": f"{row['rate']:f}", "id": f"{row['currency']} {row['day']}"} for row in every[:SHOWN]
    ]
    more = format.count(len(every) - SHOWN) if len(every) > SHOWN else ""
    return {
        **_listed(RATE, rows, "rates_none", scope, ""),
        "more": more,
        "own": scope.currency,
        "today": scope.today,
    }


def _listed(
    columns: tuple[Column, ...], rows: Sequence[Row], empty: str, scope: Scope, make: str
) -> Mapping[str, Any]:
    grid = Grid(columns=columns, rows=rows, empty=f"{WORDS}.{empty}")
    return {"grid": grid, "action": scope.here(), "make": make}


def remove_preset(desk: Desk, scope: Scope, form: Form) -> str:
    desk.control.presets.remove(scope.shop.shop_id, form.get("id"))
    return _done(desk, scope, "preset_removed", form)


def remove_segment(desk: Desk, scope: Scope, form: Form) -> str:
    """Raises OperatorError where another segment asks for it, and where there is none of this shop."""
    if not SavedSegments(desk.reader, desk.control.segments).remove(scope.shop, form.get("id")):
        raise OperatorError("the shop has no such segment")
    return _done(desk, scope, "segment_removed", form)


def remove_funnel(desk: Desk, scope: Scope, form: Form) -> str:
    desk.control.funnels.remove(scope.shop.shop_id, form.get("id"))
    return _done(desk, scope, "funnel_removed", form)


def clear_threshold(desk: Desk, scope: Scope, form: Form) -> str:
    desk.control.thresholds.clear(scope.shop.shop_id, form.get("id"))
    return _done(desk, scope, "threshold_cleared", form)


def remove_rate(desk: Desk, scope: Scope, form: Form) -> str:
    """Forget the rate of a day; raises OperatorError where there is none."""
    currency, _, day = form.get("id").partition(" ")
    try:
        desk.control.rates.remove(scope.shop.shop_id, currency, date.fromisoformat(day))
    except ValueError as error:
        raise OperatorError(f"{day[:20]!r} is no day; one is 2026-03-14") from error
    return _done(desk, scope, "rate_removed", form)


def tell_rates(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep a rate that was typed, or all of a file: its columns are day, currency and rate."""
    file = form.files.get("file")
    if file is None:
        told = [rate_of(form.get("day"), form.get("currency"), form.get("rate").replace(",", "."))]
    else:
        try:
            told = list(read_rates(io.StringIO(file.data.decode("utf-8-sig"))))
        except (UnicodeDecodeError, csv.Error) as error:
            raise OperatorError("the file is no CSV in UTF-8") from error
    desk.control.rates.put(scope.shop.shop_id, told)
    noted(desk, scope, "rates_told", str(len(told)))
    return scope.here() + "#saved_rates"


def _done(desk: Desk, scope: Scope, what: str, form: Form) -> str:
    noted(desk, scope, what, form.get("id"))
    return scope.here()


TAB: Final = Tab(
    name="saved",
    order=40,
    role="analyst",
    panels=(
        Panel(name="saved_presets", queries=(PRESETS,), view=presets, title=f"{WORDS}.presets"),
        Panel(name="saved_segments", queries=(SEGMENTS,), view=segments, title=f"{WORDS}.segments"),
        Panel(name="saved_funnels", queries=(FUNNELS,), view=funnels, title=f"{WORDS}.funnels"),
        Panel(name="saved_thresholds", queries=(THRESHOLDS,), view=thresholds, title=f"{WORDS}.thresholds"),
        Panel(name="saved_rates", queries=(RATES,), view=rates, title=f"{WORDS}.rates"),
    ),
    acts={
        "saved_remove_preset": remove_preset,
        "saved_remove_segment": remove_segment,
        "saved_remove_funnel": remove_funnel,
        "saved_clear_threshold": clear_threshold,
        "saved_remove_rate": remove_rate,
        "saved_tell_rates": tell_rates,
    },
)
