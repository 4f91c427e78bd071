"""Known answers of the small shop, as text. `python -m tests.dashboard.goldens` writes them anew, to be reviewed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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
}


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
        rows = table["rows"]
        parts.append(f"{name}: {table['error'] or ''}".rstrip())
        parts += [f"  {json.dumps(row, ensure_ascii=False)}" for row in rows]
    return "\n".join(parts) + "\n"


def main() -> None:
    ask = asker()
    FOLDER.mkdir(exist_ok=True)
    for name in ADDRESSES:
        (FOLDER / f"{name}.txt").write_text(ask(name))


if __name__ == "__main__":
    main()
