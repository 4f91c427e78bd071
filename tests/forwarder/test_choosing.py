"""What a destination does not want, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collector.destinations.policy import Policy
from collector.event import Event
from collector.forwarder.choosing import Seen, left_out
from tests.forwarder.events import event, item

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
SEEN = Seen(vendor="rees46", endpoint="rees46.push", user_agent=CHROME)
ANY = Policy()
VIEW = event("view_item", items=(item("37"),))


def chosen(told: Event, seen: Seen = SEEN, policy: Policy = ANY) -> str | None:
    return left_out(told, seen, policy, segment=None)


def test_a_destination_without_a_choice_of_its_own_wants_every_visitor_s_event() -> None:
    assert chosen(VIEW) is None


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "s_bot"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/131.0.0.0 Safari/537.36", "s_bot"),
        (CHROME, None),
        ("curl/8.5.0", None),
        ("", None),
    ],
)
def test_robots_are_known_as_the_loader_knows_them_and_a_shop_s_server_is_none(
    agent: str, code: str | None
) -> None:
    assert chosen(VIEW, replace(SEEN, user_agent=agent)) == code


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("bot_ua", "s_bot"),
        ("bot_webdriver", "s_bot"),
        ("gpc_anonymous", "s_consent"),
        ("gpc_denied", "s_consent"),
        ("consent_denied", "s_consent"),
        ("possible_replay", "s_possible_replay"),
        ("currency_defaulted", None),
    ],
)
def test_what_a_note_says_of_the_visitor_decides(note: str, code: str | None) -> None:
    assert chosen(event("view_item", notes=("quantity_defaulted", note))) == code


def test_possible_replays_are_sent_where_the_destination_allows_them() -> None:
    marked = event("view_item", notes=("possible_replay",))
    assert chosen(marked, policy=Policy(forward_possible_replays=True)) is None


@pytest.mark.parametrize(
    ("events", "name", "own", "code"),
    [
        (("purchase", "view_item"), "view_item", None, None),
        (("purchase",), "view_item", None, "s_filter"),
        (("custom",), "custom", "spin_wheel", None),
        (("spin_wheel",), "custom", "spin_wheel", None),
        (("spin_wheel",), "custom", "quiz_done", "s_filter"),
        (("purchase",), "custom", "purchase", "s_filter"),
        (("custom",), "view_item", None, "s_filter"),
        (("spin_wheel",), "custom", None, "s_filter"),
    ],
)
def test_events_are_chosen_by_canonical_names_and_custom_ones_by_their_own(
    events: tuple[str, ...], name: str, own: str | None, code: str | None
) -> None:
    told = event(name, custom_name=own)  # type: ignore[arg-type]  # the table's names are of the vocabulary
    assert chosen(told, policy=Policy(events=events)) == code


def test_only_the_source_vendors_that_are_named_are_sent_on() -> None:
    policy = Policy(source_vendors=("retailrocket", "yespo"))
    assert chosen(VIEW, policy=policy) == "s_filter"
    assert chosen(VIEW, replace(SEEN, vendor="yespo"), policy) is None


def test_a_segment_lets_its_members_through() -> None:
    known = {"u5"}
    policy = Policy(segment="buyers")

    def member(told: Event) -> bool:
        return told.user_id in known

    found = [
        left_out(event("view_item", user_id=who), SEEN, policy, segment=member) for who in ("u5", "u6", None)
    ]
    assert found == [None, "s_segment", "s_segment"]


def test_a_segment_that_cannot_be_told_lets_nobody_through() -> None:
    assert left_out(VIEW, SEEN, Policy(segment="deleted"), segment=None) == "s_segment"


def test_an_event_is_not_sent_to_the_account_it_was_relayed_from_however_many_hands_lie_between() -> None:
    seen = replace(SEEN, via=("other-1", "far-2"))
    marks = [("far-2", "own-9"), ("other-1",), ("own-9",), ()]
    found = [left_out(VIEW, seen, ANY, segment=None, marks=mark) for mark in marks]
    assert found == ["s_loop", "s_loop", None, None]


def test_the_same_vendor_s_protocol_makes_no_loop() -> None:
    assert left_out(VIEW, replace(SEEN, vendor="retailrocket"), ANY, segment=None, marks=("own-9",)) is None


def test_the_segment_is_not_asked_about_what_is_left_out_anyway() -> None:
    asked: list[Event] = []

    def member(told: Event) -> bool:
        asked.append(told)
        return True

    policy = Policy(segment="buyers", events=("purchase",), source_vendors=("rees46",))
    bot = replace(SEEN, user_agent="Googlebot/2.1")
    assert left_out(event("purchase"), bot, policy, segment=member) == "s_bot"
    assert left_out(VIEW, SEEN, policy, segment=member) == "s_filter"
    assert left_out(event("purchase"), replace(SEEN, vendor="yespo"), policy, segment=member) == "s_filter"
    assert asked == []
