"""What control data tells a question, as parameters: texts of JSON that the question reads as rows.

A page that needs them says how they are found (`Page.facts`); for all others there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NONE: Final[Mapping[str, Any]] = {
    "thresholds": "[]",  # of checks: name, warn, alarm, own
    "reconciliations": "[]",  # summaries, newest first
    "reconciled_days": "[]",  # day, both, differs, there, missing
    "reconciled": "[]",  # what did not match in the chosen one
    "saved_segments": "[]",  # segment_id, name, kind, created_at, sizes (day, visitors)
    "saved_funnels": "[]",  # name, steps, window, unit
}
