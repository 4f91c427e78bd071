"""Checks and reconciliations for commands: asked of the engine that runs, or of the store itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from collector.control import Control
from collector.errors import OperatorError
from collector.serving.engine import Engine
from collector.wire import Shop
from dashboard import check_page, reconcile_page, reconcile_table
from dashboard.answers import Sources, answer
from dashboard.desk import Desk
from dashboard.filters import parse
from dashboard.forms import LARGEST_FILE
from dashboard.now import LiveTables
from dashboard.scope import scope_of

CHECKS = "/-/checks"
RECONCILE = "/-/reconcile"
Clock = Callable[[], datetime]
Work = Callable[[Engine, Control, Mapping[str, str], datetime], Any]
"""What a command asks: plain values from the engine, the control data, its parameters and the moment."""


def checks(
    engine: Engine, control: Control, params: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """Every check of the shop over a period, as plain values."""
    shop = _shop(control, params)
    filters, notes = parse({"tab": check_page.TAB, "period": params.get("period", "")})
    if notes:
        raise OperatorError(f"{notes[0].value!r} is not a {notes[0].name}")
    facts = {
        **check_page.facts(control, shop),
        **reconcile_page.facts(control, shop, filters),
    }
    scope = scope_of(shop, filters, slug="quality", now=now, shops=(shop,), tab=check_page.TAB, facts=facts)
    tables = asyncio.run(
        answer(
            Sources(engine.store.reader(), LiveTables(engine.tail, now), control), check_page.QUERIES, scope
        )
    )
    return [
        {
            "name": name,
            "title": scope.words(f"checks.{name}"),
            "status": one.status,
            "value": one.value,
            "found": one.found,
            "base": one.base,
            "about": one.about,
            "warn": one.warn,
            "alarm": one.alarm,
            "because": check_page.because(one.because, scope),
        }
        for name, one in check_page.results(tables).items()
    ]


def reconcile(engine: Engine, control: Control, params: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Compare a file on this machine with the shop's orders and keep the result, which is told."""
    shop = _shop(control, params)
    path = Path(params.get("file", ""))
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise OperatorError(f"{path} is larger than {LARGEST_FILE // 1024**2} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path} cannot be read: {error.strerror}") from error
    made = reconcile_page.keep(
        Desk(control, engine.store.reader()),
        shop,
        data,
        name=path.name,
        told=reconcile_table.read_map(params.get("map", "")),
        encoding=params.get("encoding", ""),
        tolerance=reconcile_page.tolerance_of(params.get("tolerance", "")),
        now=now,
    )
    kept = next(one for one in control.reconciliations.of(shop.shop_id) if one.reconciliation_id == made)
    rows = control.reconciliations.rows(shop.shop_id, made)
    return {"summary": msgspec.to_builtins(kept.summary), "rows": msgspec.to_builtins(rows)}


def routes(
    engine: Engine, control: Control, clock: Clock, more: Mapping[str, Work] = MappingProxyType({})
) -> list[Route]:
    """What the engine answers to these commands, and to `more` by their paths, on its own socket."""

    def told(work: Work) -> Any:
        async def one(request: Request) -> Response:
            if not await run_in_threadpool(engine.caught_up):
                return PlainTextResponse("the store is behind the log; try again later", 503)
            try:
                found = await run_in_threadpool(work, engine, control, request.query_params, clock())
            except OperatorError as refused:
                return PlainTextResponse(str(refused), 400)
            return Response(msgspec.json.encode(found), media_type="application/json")

        return one

    works = {CHECKS: checks, RECONCILE: reconcile, **more}
    return [Route(path, told(work)) for path, work in works.items()]


def _shop(control: Control, params: Mapping[str, str]) -> Shop:
    found = control.find(params.get("shop", ""))
    if found is None:
        raise OperatorError(f"no shop has the id {params.get('shop', '')!r}; `r46 shop list` shows them")
    return found
