"""`r46 rate`, typed as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli import r46
from collector.errors import OperatorError


def typed(data: Path, *words: str) -> str:
    """What the command prints; its own errors are raised."""
    result = CliRunner().invoke(r46, [*words, "--data", str(data)], obj={}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def data(tmp_path: Path) -> Path:
    typed(tmp_path, "shop", "add", "Shop", "--id", "s1", "--currency", "EUR")
    return tmp_path


def test_rates_are_imported_set_and_listed(data: Path) -> None:
    file = data / "rates.csv"
    file.write_text(
        "\N{BYTE ORDER MARK}day,currency,rate\n2026-03-02,usd,0.9200\n2026-03-01,CHF,1.05\n", encoding="utf-8"
    )
    assert typed(data, "rate", "list", "--shop", "s1").startswith("no rates")
    assert typed(data, "rate", "import", str(file), "--shop", "s1") == "2 rates of CHF, USD\n"
    assert (
        typed(data, "rate", "set", "2026-03-03", "USD", "0.93", "--shop", "s1") == "2026-03-03\tUSD\t0.93\n"
    )
    assert typed(data, "rate", "list", "--shop", "s1") == (
        "2026-03-01\tCHF\t1.05\n2026-03-02\tUSD\t0.9200\n2026-03-03\tUSD\t0.93\n"
    )
    assert typed(data, "rate", "list", "--shop", "s1", "--currency", "chf") == "2026-03-01\tCHF\t1.05\n"


def test_a_file_with_one_bad_line_changes_nothing(data: Path) -> None:
    file = data / "rates.csv"
    file.write_text("day,currency,rate\n2026-03-02,USD,0.92\n2026-03-03,USD,much\n")
    with pytest.raises(OperatorError, match="line 3: 'much' is no rate"):
        typed(data, "rate", "import", str(file), "--shop", "s1")
    file.write_bytes(b"day,currency,rate\n2026-03-02,\xff\xfe,0.92\n")
    with pytest.raises(OperatorError, match="is no CSV in UTF-8"):
        typed(data, "rate", "import", str(file), "--shop", "s1")
    assert typed(data, "rate", "list", "--shop", "s1").startswith("no rates")
