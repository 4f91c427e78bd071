"""What of a comparison cannot be compared, and why: sentences under its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard import format
from dashboard.page import Row
from dashboard.scope import Scope
from dashboard.shadow import rules
from dashboard.shadow.subjects import UNTOLD

Note = tuple[str, dict[str, Any]]


def notes(subject: Row, rows: Sequence[Row], scope: Scope) -> list[str]:
    """All that hold, the rule first. `rows` are the days of the period."""
    found = [*_of_rule(subject), *_of_days(subject, rows, scope)]
    return [scope.words(f"shadow.note_{key}", **facts) for key, facts in found]


def _of_rule(subject: Row) -> Iterator[Note]:
    vendor = subject["vendor_name"]
    if subject["vendor"] in UNTOLD:
        yield "no_report", {"vendor": vendor}
    elif subject["vendor"] not in rules.OWN_RULES:
        yield "no_rule", {"vendor": vendor}
    elif subject["rule"] != rules.OWN_RULES[subject["vendor"]]:
        yield "other_rule", {"vendor": vendor}


def _of_days(subject: Row, rows: Sequence[Row], scope: Scope) -> Iterator[Note]:
    covered = [row for row in rows if row["covered"]]
    if subject["vendor"] in UNTOLD:
        return
    if not covered and not any(row["their_orders"] for row in rows):
        yield "no_export", {"vendor": subject["vendor_name"]}
        return
    if len(covered) < len(rows):
        yield "uncovered", {"covered": format.count(len(covered)), "days": format.count(len(rows))}
    immature = sum(row["immature"] for row in covered)
    if immature:
        yield "immature", {"count": immature}
    shapes = {row["covered"] for row in covered}
    if "days" in shapes:
        yield "sums", {}
    if "orders" in shapes:
        yield "clock", {"zone": scope.zone.key}
    if any(row["untold"] for row in rows):
        yield "untold", {}
    undated = max(row["undated"] for row in rows)
    if undated:
        yield "undated", {"count": undated}
