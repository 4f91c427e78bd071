"""Import of a file of REES46's open data."""

from __future__ import annotations

from pathlib import Path

from collector.ids import IdMaker
from collector.importing.rees46_row import COLUMNS, REQUIRED, event_of, fault_of
from collector.importing.table import Append, Clock, Format, ImportReport, Progress, import_table
from collector.wire import Shop

FORMAT = Format(
    title="REES46 open data",
    vendor="rees46",
    endpoint="rees46.import",
    columns=COLUMNS,
    required=REQUIRED,
    kind="event_type",
    fault_of=fault_of,
    event_of=event_of,
)


async def import_rees46(
    path: Path,
    shop: Shop,
    append: Append,
    *,
    now: Clock,
    ids: IdMaker,
    progress: Progress,
    src: str | None = None,
) -> ImportReport:
    """Store every row of the file, or only those whose `src` column says so; see `import_table`."""
    return await import_table(
        FORMAT,
        path,
        shop,
        append,
        now=now,
        ids=ids,
        progress=progress,
        wanted=lambda row: src is None or row[-1] == src or len(row) == 1,
    )
