"""The folder is the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector import adapters
from collector.adapters import load_adapters


def test_adapters_are_found_by_their_folder_in_the_order_of_names() -> None:
    found = load_adapters()
    assert list(found) == ["exponea", "intempt", "pixel", "r46", "retailrocket", "yespo"]
    assert [endpoint.path for endpoint in found["pixel"].endpoints] == ["/pixel.gif"]


def test_an_adapter_with_another_name_than_its_module_fails_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zzz_other.py").write_text("from collector.adapters.pixel import ADAPTER\n")
    monkeypatch.setattr(adapters, "__path__", [*adapters.__path__, str(tmp_path)])
    with pytest.raises(LookupError, match="zzz_other"):
        load_adapters()


def test_every_adapter_has_its_document() -> None:
    root = Path(__file__).parents[2]
    assert [one.docs for one in load_adapters().values() if not (root / one.docs).is_file()] == []
