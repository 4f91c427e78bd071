"""Style and scripts of the dashboard, served for ever under the hash of their bytes."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import brotli

from dashboard import chart_script

TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `path` is its address and changes with its bytes."""

    name: str
    path: str
    content_type: str
    data: bytes


class Assets:
    """All files of static/dashboard, and the script that draws charts, which comes packed from set-up."""

    def __init__(self) -> None:
        folder = files("static").joinpath("dashboard")
        found = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
        found["plotly.js"], built = chart_script.load(folder)
        assets = [_asset(name, data) for name, data in found.items() if name.rsplit(".", 1)[-1] in TYPES]
        self._by_path: Mapping[str, Asset] = {asset.path: asset for asset in assets}
        self._paths = {asset.name: asset.path for asset in assets}
        self._packed = {(self._paths["plotly.js"], "br"): built} if built else {}
        self._lock = threading.Lock()

    def path(self, name: str) -> str:
        """Address of a file by its name; raises KeyError for one that is not there."""
        return self._paths[name]

    def find(self, path: str) -> Asset | None:
        return self._by_path.get(path)

    def packed(self, asset: Asset, accepted: str) -> tuple[bytes, str]:
        """Bytes and their Content-Encoding for an Accept-Encoding. Packs once; call from a thread."""
        offered = {part.split(";")[0].strip() for part in accepted.split(",")}
        encoding = "br" if "br" in offered else "gzip" if "gzip" in offered else ""
        if not encoding:
            return asset.data, ""
        with self._lock:
            key = (asset.path, encoding)
            if key not in self._packed:
                self._packed[key] = _pack(asset.data, encoding)
            return self._packed[key], encoding


def _asset(name: str, data: bytes) -> Asset:
    stem, _, ending = name.rpartition(".")
    path = f"/assets/{stem}.{hashlib.sha256(data).hexdigest()[:12]}.{ending}"
    return Asset(name, path, TYPES[ending], data)


def _pack(data: bytes, encoding: str) -> bytes:
    """Large files at a level that takes tenths of a second, small ones at the best."""
    if encoding == "gzip":
        return gzip.compress(data, 6, mtime=0)
    return bytes(brotli.compress(data, quality=5 if len(data) > 1_000_000 else 11))
