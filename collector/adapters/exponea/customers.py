"""What is said of a customer: attributes, a click on a campaign, the wish to be erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector import options
from collector.adapters.exponea import limits
from collector.adapters.exponea.events import customer_ids_of, take_contact, take_properties, take_time
from collector.adapters.exponea.identity import read_ids
from collector.adapters.exponea.incoming import Incoming, openly
from collector.reading.draft import Draft
from collector.reading.parameters import parameters
from collector.reading.values import text
from collector.wire import Judged

CUSTOMERS = "customers"
CLICKS = "campaigns/clicks"
ERASURE = "customers/anonymize"
"""The vendor's names of what comes without an event type."""


def judge_customer(coming: Incoming, data: Mapping[str, Any], pointer: str, seq: int) -> Judged:
    """Attributes of a customer, as `identify`."""
    draft = coming.draft(CUSTOMERS, pointer, seq)
    properties = take_properties(draft, data.get("properties"))
    draft.props = {"properties": draft.props} if draft.props else {}
    limits.measure(draft, data, properties, len(coming.request.body))
    limits.count_attributes(draft, properties)
    customer_ids = customer_ids_of(data)
    read_ids(draft, customer_ids)
    updated = data.get("update_timestamp")
    timestamp = data.get("timestamp") if updated is None else updated
    take_time(draft, timestamp)
    content = {"customer_ids": customer_ids, "properties": data.get("properties")}
    draft.key = coming.key("customers", timestamp, content)
    take_contact(draft, properties)
    return draft.finish("identify")


def judge_click(coming: Incoming, data: Mapping[str, Any], pointer: str, seq: int) -> Judged:
    """A click in a message, as a custom event with the campaign of its address."""
    draft = coming.draft(CLICKS, pointer, seq)
    properties = take_properties(draft, data.get("properties"))
    limits.measure(draft, data, properties, len(coming.request.body))
    customer_ids, timestamp, url = customer_ids_of(data), data.get("timestamp"), data.get("url")
    read_ids(draft, customer_ids)
    take_time(draft, timestamp)
    content = {"customer_ids": customer_ids, "properties": data.get("properties"), "url": url}
    draft.key = coming.key("event", timestamp, {**content, "event_type": "campaign_click"})
    take_contact(draft, properties)
    if draft.text("page_url", url, "url") is None:
        draft.note("field_missing:page_url")
    _campaign(draft, text(url) or "")
    draft.columns["custom_name"] = "campaign_click"
    return draft.finish("custom")


def _campaign(draft: Draft, url: str) -> None:
    """Parameters of the address that say which campaign; properties of their names win."""
    query = url.partition("#")[0].partition("?")[2]
    for name, value in parameters(query).pairs:
        if value and (name.startswith("utm_") or name == "xnpe_cmp"):
            draft.props.setdefault(name, value)


def judge_erasure(coming: Incoming, data: Mapping[str, Any]) -> Judged:
    """A request to erase a customer: kept with the ids and nothing else, for the operator to see.

    It names somebody or it is refused, in both modes: nobody can be told that nobody will be erased.
    """
    coming = openly(coming)
    draft = coming.draft(ERASURE, "", 0)
    read_ids(draft, customer_ids_of(data))
    draft.props.clear()
    if not options.switch(coming.setting.shop, "exponea.erasure"):
        return Judged(outcome="rejected", codes=("erasure_off",), name=ERASURE)
    if not draft.is_somebody():
        return Judged(outcome="rejected", codes=("identity_missing",), name=ERASURE)
    draft.columns["custom_name"] = "erasure_request"
    return draft.finish("custom")
