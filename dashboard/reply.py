"""An answer without its transport."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered. `filename` is set for a download, `location` where another page is to be asked for."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    filename: str = ""
    location: str = ""
