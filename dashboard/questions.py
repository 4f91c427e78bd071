"""The header of any question, whoever answers it: the store, the live tail, the control data or the ledgers."""

from __future__ import annotations

from dashboard import console, control_tables, forwarding, now, queries
from dashboard.queries import Query


def describe(name: str) -> Query:
    """Raises KeyError or FileNotFoundError for a name that is none."""
    if now.is_live(name):
        return now.described(name)
    if console.is_console(name):
        return console.described()
    if control_tables.is_control(name):
        return control_tables.questions()[name].query
    if forwarding.is_forwarding(name):
        return forwarding.questions()[name].query
    return queries.load(name)


def is_stored(name: str) -> bool:
    """Whether the store answers this, with a text of SQL."""
    elsewhere = now.is_live(name) or control_tables.is_control(name) or console.is_console(name)
    return not (elsewhere or forwarding.is_forwarding(name))
