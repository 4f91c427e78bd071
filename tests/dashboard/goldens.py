"""Known answers of the small shop, as text. `python -m tests.dashboard.goldens` writes them anew, to be reviewed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.dashboard.reading import read
from tests.dashboard.shop_world import REQUEST, app_over, signed_in, week

FOLDER = Path(__file__).with_name("golden")
ADDRESSES = {
    "overview": "/overview.json?period=7d",
    "overview-alone": "/overview.json?period=7d&compare=none",
    "overview-today": "/overview.json?period=today",
    "live": "/live.json",
    "quality": "/quality.json?period=7d",
    "quality-quarantined": "/quality.json?period=7d&tab=quarantined",
    "quality-rejected": "/quality.json?period=7d&tab=rejected",
    "quality-request": f"/quality/{REQUEST.format(4)}.json",
    "campaigns": "/campaigns.json?period=7d",
    "experiments": "/experiments.json?period=7d",
    "experiments-untested": "/experiments.json?period=7d&tab=untested",
    "destinations": "/destinations.json?period=7d",
    "destinations-health": "/destinations.json?period=7d&tab=health",
    "destinations-losses": "/destinations.json?period=7d&tab=losses",
    "destinations-letters": "/destinations.json?period=7d&tab=letters",
}


READ = {"overview-ru": ("/overview?period=7d", "ru")}
"""Pages as they are read in a language."""


def reader() -> Callable[[str], str]:
    """Reads a page of the small shop's dashboard by the name of its golden; one text a line."""
    client = signed_in(app_over(week()))

    def ask(name: str) -> str:
        address, language = READ[name]
        return "\n".join(read(_main(client.get(address, accept_language=language).text)).texts) + "\n"

    return ask


def _main(text: str) -> str:
    """What a page says below its frame."""
    return text.partition("<main")[2].partition(">")[2].partition("</main>")[0]


def asker() -> Callable[[str], str]:
    """Asks the small shop's dashboard for a golden by name; one table row a line."""
    client = signed_in(app_over(week()))

    def ask(name: str) -> str:
        answer = client.get(ADDRESSES[name])
        assert answer.status == 200, answer.text
        return lines_of(answer.json())

    return ask


def lines_of(page: dict[str, object]) -> str:
    tables = page.pop("tables")
    assert isinstance(tables, dict)
    parts = [json.dumps(page, indent=1, ensure_ascii=False)]
    for name, table in tables.items():
        rows = [_same_always(row) for row in table["rows"]]
        parts.append(f"{name}: {table['error'] or ''}".rstrip())
        parts += [f"  {json.dumps(row, ensure_ascii=False)}" for row in rows]
    return "\n".join(parts) + "\n"


def _same_always(row: dict[str, object]) -> dict[str, object]:
    """A row without the id that a destination is given by chance; its name stands beside it."""
    return {name: value for name, value in row.items() if name != "destination_id"}


def main() -> None:
    ask = asker()
    FOLDER.mkdir(exist_ok=True)
    for name in ADDRESSES:
        (FOLDER / f"{name}.txt").write_text(ask(name))
    told = reader()
    for name in READ:
        (FOLDER / f"{name}.txt").write_text(told(name))


if __name__ == "__main__":
    main()
