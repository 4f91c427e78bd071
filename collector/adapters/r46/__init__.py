"""The r46 protocol: browser, app and server tracking compatible with REES46 and PersonaClick."""

from __future__ import annotations

from collector.adapters.r46 import collect, initial
from collector.adapters.r46.push import decoder
from collector.adapters.r46.reply import answer, refuse
from collector.wire import Adapter, Endpoint

ADAPTER = Adapter(
    name="r46",
    docs="docs/wire/r46.md",
    endpoints=(
        Endpoint(
            methods=("POST",),
            path="/push",
            name="rees46.push",
            decode=decoder("push", "rees46.push"),
            answer=answer,
            refuse=refuse,
        ),
        Endpoint(
            methods=("POST",),
            path="/push/custom",
            name="rees46.custom",
            decode=decoder("custom", "rees46.custom"),
            answer=answer,
            refuse=refuse,
        ),
        Endpoint(
            methods=("POST",),
            path="/profile/set",
            name="rees46.profile",
            decode=decoder("profile", "rees46.profile"),
            answer=answer,
            refuse=refuse,
        ),
        Endpoint(
            methods=("POST",),
            path="/collect",
            name=collect.ENDPOINT,
            decode=collect.decode,
            answer=collect.answer,
            refuse=refuse,
            body_limit=collect.BODY_LIMIT,
        ),
        Endpoint(
            methods=("GET",),
            path="/init",
            name="rees46.init",
            decode=initial.decode,
            answer=initial.answer,
            refuse=refuse,
        ),
    ),
)
