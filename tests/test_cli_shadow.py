"""`r46 shadow …`: an export is taken in, shown beside what is here, and taken back."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.server import SHOP_ID, r46, run_r46, serving

EXPORT = "Order number;Date;Revenue;Attributed revenue\nA-1;{day};31,80;31,80\nA-9;{day};7,00;7,00\n"


def _refused(*arguments: str) -> str:
    done = subprocess.run(r46(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_an_export_is_taken_in_shown_and_taken_back(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "report.csv"
    common = ("--data", str(data), "--shop", SHOP_ID)
    with serving(data) as server:
        event = {"event": "purchase", "shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo"}
        items = [{"id": 37, "quantity": 1, "price": 31.8}]
        assert (
            server.post("/push", {**event, "order_id": "A-1", "order_price": 31.8, "items": items}).status
            == 200
        )
        (order,) = server.exported()
        file.write_text(EXPORT.format(day=order["ts"][:10]))
        told = run_r46("shadow", "import", *common, "--vendor", "r46", str(file))
        assert "report.csv: orders" in told
        assert "2 orders, claims 38.80" in told
        shown = run_r46("shadow", "show", *common, "--vendor", "r46")
    export_id = told.split()[0]
    assert "r46 (r46), credited by rees46" in shown
    lines = {line.split()[0]: line.split()[-1] for line in shown.splitlines() if line.startswith("  ")}
    assert {name: lines[name] for name in ("only_they", "missing_here", "both")} == {
        "only_they": "1",
        "missing_here": "1",
        "both": "0",
    }
    assert run_r46("shadow", "list", *common).startswith(f"{export_id}  r46 ")
    assert "is taken back" in run_r46("shadow", "undo", *common, export_id)
    assert run_r46("shadow", "list", *common) == ""
    # The server is stopped: the command asks the store of the folder itself.
    assert "claimed there                        n/a" in run_r46("shadow", "show", *common, "--vendor", "r46")
    assert "is no vendor" in _refused("shadow", "import", *common, "--vendor", "nobody", str(file))
    assert "is no rule" in _refused("shadow", "show", *common, "--vendor", "r46", "--rule", "x")
