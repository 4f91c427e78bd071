"""The ids of a customer: one hard, one soft, and all the others by their names."""

from __future__ import annotations

from typing import Any

from collector import options
from collector.reading.draft import LONGEST_ID, Draft
from collector.reading.values import identifier, plain
from collector.reasons import coded


def read_ids(draft: Draft, customer_ids: Any) -> None:
    """`customer_ids` into columns; nobody at all is noted, and strict mode refuses it.

    Nothing is merged: of two values of the hard id none is taken.
    """
    given = customer_ids if isinstance(customer_ids, dict) else {}
    if not given and customer_ids:
        draft.props["customer_ids"] = plain(customer_ids)
        draft.note("field_type:customer_ids")
    found = [name for name, value in given.items() if _read(draft, name, value)]
    if not found:
        draft.note("identity_missing", strict=True)


def _read(draft: Draft, name: str, value: Any) -> bool:
    """One id to its place; whether it names somebody."""
    hard, soft = (options.value(draft.setting.shop, f"exponea.{which}_id") for which in ("hard", "soft"))
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    found = identifier(value)
    if found is None or len(found) > LONGEST_ID:
        _set_aside(draft, name, value, is_hard=name == hard)
        return False
    if name == hard:
        draft.columns["user_id"] = found
    elif name == soft:
        draft.columns["device_id"] = found
    if name == "email":
        draft.email(found)
    elif name == "phone":
        draft.phone(found)
    elif name not in (hard, soft):
        draft.ids[name] = found
    return True


def _set_aside(draft: Draft, name: str, value: Any, *, is_hard: bool) -> None:
    """What is no id stays with the event, for people; null and empty are absent."""
    if value is None or value == "" or value == [] or value == {}:
        return
    kept = draft.props.setdefault("customer_ids", {})
    if isinstance(kept, dict):
        kept[name] = plain(value)
    if identifier(value) is not None:
        draft.note(coded("field_too_long", name))
    elif is_hard and isinstance(value, list):
        draft.note("identity_conflict")
    else:
        draft.note(coded("field_type", name))
