"""Destinations: how each is, what became of events and why, dead letters, and what people may do about them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any, Final

import pytest

from collector import reasons
from collector.control.destination_acts import Act
from collector.destinations.contract import Judgement
from collector.forwarder.reading import Reading
from collector.store.reader import CursorPool, DuckReader
from dashboard.app import dashboard
from dashboard.desk import Ledgers, no_ledgers
from dashboard.destinations.letters import canonical
from tests.dashboard.hostile_ledgers import hostile
from tests.dashboard.ledgers import EVENT, PAUSED, RUNNING, SAID, sent_on
from tests.dashboard.reading import read
from tests.dashboard.shop_world import (
    HOSTILE,
    NOW,
    SHOP,
    Answer,
    Client,
    OneKey,
    busy_log,
    raw,
    tail_of,
    week,
)

SECONDS: Final = NOW.timestamp()


class World:
    """Somebody of a role in front of the page Destinations of the small shop."""

    def __init__(self, *, role: str = "owner", empty: bool = False, ledgers: Ledgers | None = None) -> None:
        db = week()
        raw(db, 1, "03-17 09:05", '{"event":"view","items":[{"id":37}]}')
        self.control = OneKey()
        reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
        usual = no_ledgers if empty else sent_on(self.control)
        self.tested: list[str] = []
        self.app = dashboard(
            reader,
            self.control,
            tail_of(busy_log()),
            clock=lambda: NOW,
            ledgers=ledgers or usual,
            tester=self._test,
        )
        self.client = Client(self.app, {"r46_session": self._session(role)})

    def _session(self, role: str) -> str:
        if role == "share":
            share, _ = self.control.shares.add(
                SHOP.shop_id, label="x", days=9, by="", now=SECONDS, segment_id=""
            )
            return self.control.sessions.open(SECONDS, share_id=share.share_id)
        user = self.control.users.add(f"{role}@kettles.example", "", SECONDS)
        self.control.users.grant(user.user_id, SHOP.shop_id, role)  # type: ignore[arg-type]
        return self.control.sessions.open(SECONDS, user_id=user.user_id)

    def _test(self, stored: Any) -> Judgement:
        self.tested.append(stored.name)
        return Judgement(verdict="auth", text=f"401 {HOSTILE}")

    def id(self, name: str) -> str:
        return next(
            one.destination_id for one in self.control.destinations.of(SHOP.shop_id) if one.name == name
        )

    def page(self, name: str = RUNNING, **query: str) -> Answer:
        asked = {"period": "7d", "code": self.id(name), **query}
        return self.client.get("/destinations?" + "&".join(f"{key}={value}" for key, value in asked.items()))

    def rows(self, table: str, tab: str, name: str = RUNNING, **query: str) -> list[dict[str, Any]]:
        asked = {"period": "7d", "code": self.id(name), "tab": tab, **query}
        address = "/destinations.json?" + "&".join(f"{key}={value}" for key, value in asked.items())
        rows: list[dict[str, Any]] = self.client.get(address).json()["tables"][table]["rows"]
        return rows

    def sent(self, act: str, name: str = RUNNING, query: str = "tab=letters", **fields: str) -> Answer:
        form = {"act": act, "id": self.id(name), **fields}
        return self.client.post(f"/destinations?{query}&code={self.id(name)}", form)

    def asked(self, name: str = RUNNING) -> list[Act]:
        return [act for _, act in self.control.destinations.acts(self.id(name))]


def words(answer: Answer) -> str:
    """What a page says below its frame, as it is read."""
    main = answer.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", " ".join(read(main).texts))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_the_list_tells_every_destination_its_condition_and_the_outcomes_of_the_period(world: World) -> None:
    (first, second) = world.rows("forwarding/list", "all")
    assert {name: first[name] for name in ("name", "kind", "condition", "code", "told", "lag_s")} == {
        "name": RUNNING,
        "kind": "r46",
        "condition": "running",
        "code": None,
        "told": None,
        "lag_s": 0.0,
    }
    states = ("delivered", "delivered_with_loss", "undeliverable", "failed", "expired", "skipped", "waiting")
    assert [first[state] for state in states] == [4576, 20, 2, 1, 1, 307, 4]
    assert {name: second[name] for name in ("condition", "code", "told", "waiting", "lag_s")} == {
        "condition": "paused",
        "code": "r_auth",
        "told": "401 the key was revoked",
        "waiting": 70,
        "lag_s": 5400.0,
    }
    said = words(world.client.get("/destinations?period=7d"))
    assert "Paused The destination does not accept the key. Nothing is lost: everything waits." in said
    assert "1 h 10 min 1 h 30 min 18 Mar 2026 06:30:00" in said


def test_a_shorter_period_counts_its_own_days_and_waiting_stays_as_it_is_now(world: World) -> None:
    (first, _) = world.rows("forwarding/list", "all", period="today")
    assert [first[state] for state in ("delivered", "failed", "skipped", "waiting")] == [640, 1, 7, 4]


def test_health_says_why_it_waits_and_what_to_do(world: World) -> None:
    said = words(world.page(PAUSED, tab="health"))
    assert "Enter a valid key in the settings, test the connection, and resume." in said
    assert "In its own words: 401 the key was revoked" in said
    assert "70 wait" in said
    assert "Resume" in said
    assert "123,456 bytes of the log are still to be read" in said


def test_the_days_of_a_destination_hold_every_outcome_and_days_without_events(world: World) -> None:
    rows = world.rows("forwarding/days", "health")
    assert [row["day"] for row in rows] == [f"2026-03-{day}" for day in range(12, 19)]
    assert rows[0] == {"day": "2026-03-12", **dict.fromkeys(STATES, 0)}
    assert rows[5] == {
        "day": "2026-03-17",
        "delivered": 1422,
        "delivered_with_loss": 17,
        "undeliverable": 2,
        "failed": 0,
        "expired": 0,
        "skipped": 300,
    }


STATES: Final = ("delivered", "delivered_with_loss", "undeliverable", "failed", "expired", "skipped")


def test_reasons_are_explained_and_lead_to_their_dead_letters(world: World) -> None:
    text = world.page(tab="health").text
    assert reasons.explain("u_event_unsupported").explanation in unescape(text)
    link = re.search(r'href="([^"]*reason=u_event_unsupported[^"]*)"', text)
    assert link
    shown = world.client.get(unescape(link[1]).partition("#")[0]).text
    assert len(re.findall(r"<time ", shown)) == 2


def test_losses_are_told_by_code_and_event(world: World) -> None:
    assert world.rows("forwarding/losses", "losses") == [
        {"code": "loss_quantity", "event": "add_to_cart", "events": 12},
        {"code": "loss_currency", "event": "purchase", "events": 8},
        {"code": "loss_tax_shipping", "event": "purchase", "events": 5},
    ]
    assert "It was delivered without the currency" in words(world.page(tab="losses"))


def letters(world: World, **query: str) -> list[str]:
    return [row["event_id"] for row in world.rows("forwarding/letters", "letters", **query)]


def test_dead_letters_are_the_newest_first_and_narrowed_by_outcome_reason_and_event(world: World) -> None:
    assert letters(world) == [EVENT.format(number) for number in (41, 1, 3, 2)]
    assert letters(world, state="undeliverable") == [EVENT.format(3), EVENT.format(2)]
    assert letters(world, reason="r_rejected") == [EVENT.format(1)]
    assert letters(world, event="purchase") == [EVENT.format(41)]
    assert letters(world, state="failed", event="purchase") == []
    assert letters(world, state="delivered") == letters(world)  # what is no dead letter narrows nothing


def test_a_dead_letter_tells_its_reason_the_vendors_words_and_that_it_may_have_arrived(world: World) -> None:
    said = words(world.page(tab="letters"))
    assert SAID in said
    assert "repeated 17 times may have arrived" in said
    assert "The destination refused the event; its own words stand beside it." in said


def test_an_opened_letter_shows_the_event_and_the_request_it_came_in(world: World) -> None:
    text = unescape(world.page(tab="letters", find=EVENT.format(1)).text)
    assert '"event": "view_item"' in text
    assert 'POST /push\n\n{"event":"view","items":[{"id":37}]}' in text


def test_an_event_that_arrived_can_be_looked_up_too(world: World) -> None:
    (row,) = world.rows("forwarding/letter", "letters", find=EVENT.format(40))
    assert (row["state"], row["repeats"]) == ("delivered", 0)
    assert "Nothing is known of this event here." in words(world.page(tab="letters", find="no-such-event"))


def test_dead_letters_are_exported_as_they_are_narrowed_and_no_cell_is_a_formula(world: World) -> None:
    text = world.client.get(
        f"/destinations.csv?tab=letters&table=forwarding/letters&code={world.id(RUNNING)}&reason=x_expired"
    ).text
    head, row, end = text.split("\r\n")
    assert head.split(",")[:4] == ["number", "event_id", "request_id", "event"]
    assert (EVENT.format(41) in row, end) == (True, "")


def test_a_person_pauses_and_resumes() -> None:
    world = World(role="analyst")
    assert world.sent("pause").status == 303
    found = world.control.destinations.find(world.id(RUNNING))
    assert found is not None
    assert found.paused
    assert "Somebody paused it." in words(world.page(tab="health"))
    world.sent("resume")
    assert world.asked() == [Act(kind="resume")]
    assert "It is to be resumed; the server has not done it yet." in words(world.page(tab="health"))
    told = [(one.what, one.about) for one in world.control.audit.of(SHOP.shop_id)]
    assert [what for what, _ in told] == ["destinations_resume", "destinations_pause"]


def test_the_test_of_a_connection_is_told_in_words_and_what_was_answered_is_text() -> None:
    world = World(role="analyst")
    answer = world.sent("test", query="tab=health")
    assert (answer.status, world.tested) == (200, [RUNNING])
    assert f"{RUNNING} does not accept the key: 401 {HOSTILE}" in unescape(answer.text)
    assert HOSTILE not in answer.text


def test_a_replay_is_of_days_of_the_shops_clock() -> None:
    world = World(role="analyst")
    assert world.sent("replay", since="2026-03-16", until="2026-03-16", again="1").status == 303
    begin = 1773615600.0  # midnight in Berlin
    assert world.asked() == [Act(kind="replay", since=begin, until=begin + 86400, again=True)]
    world.sent("replay", since="2026-03-16")
    assert world.asked()[1] == Act(kind="replay", since=begin)
    for wrong in ({"since": ""}, {"since": "2026-03-19"}, {"since": "2026-03-16", "until": "2026-03-15"}):
        assert world.sent("replay", **wrong).status == 400
    assert len(world.asked()) == 2


@pytest.mark.parametrize(
    ("query", "fields", "act"),
    [
        ("tab=letters", {"event_id": EVENT.format(1)}, Act(kind="resend", event_ids=(EVENT.format(1),))),
        ("tab=letters", {}, Act(kind="resend", states=("undeliverable", "failed", "expired"))),
        (
            "tab=letters&state=failed&reason=r_rejected",
            {},
            Act(kind="resend", states=("failed",), code="r_rejected"),
        ),
        (
            "tab=letters&event=refund",
            {},
            Act(kind="resend", event_ids=(EVENT.format(3), EVENT.format(2))),
        ),
    ],
)
def test_one_letter_is_sent_again_or_all_that_are_shown(query: str, fields: dict[str, str], act: Act) -> None:
    world = World(role="analyst")
    assert world.sent("resend", query=query, **fields).status == 303
    assert world.asked() == [act]


def test_nothing_is_sent_again_where_there_is_no_such_letter() -> None:
    world = World(role="analyst")
    answer = world.sent("resend", query="tab=letters&event=search")
    assert (answer.status, "there is no such dead letter" in unescape(answer.text)) == (400, True)
    assert world.asked() == []


@pytest.mark.parametrize("role", ["viewer", "share"])
def test_who_may_not_act_sees_health_and_counts_and_no_words_of_the_vendor(role: str) -> None:
    world = World(role=role)
    text = "".join(
        world.client.get(f"/destinations{form}?period=7d&code={world.id(PAUSED)}&tab={tab}").text
        for tab in ("all", "health", "losses", "letters", "letters&find=" + EVENT.format(1))
        for form in ("", ".json", ".csv")
    )
    assert "r_auth" in text
    assert "the key was revoked" not in text
    assert "item 37 is unknown" not in text
    assert "<button>Pause" not in text
    for act in ("pause", "resume", "test", "replay", "resend"):
        assert world.sent(act).status == 403
    assert world.asked() == []


def test_a_destination_of_another_shop_is_not_reached() -> None:
    world = World()
    theirs = world.control.destinations.add(
        "lamps", "r46", "Theirs", {"shop_id": "x"}, {}, start_at=SECONDS, now=SECONDS
    )
    for act in ("pause", "resume", "test", "replay", "resend"):
        answer = world.client.post(
            "/destinations", {"act": act, "id": theirs.destination_id, "since": "2026-03-16"}
        )
        assert (answer.status, "no such destination" in answer.text) == (400, True)
    assert "Theirs" not in world.client.get(f"/destinations?code={theirs.destination_id}&tab=health").text


def test_without_a_destination_every_tab_says_what_to_do() -> None:
    world = World(empty=True)
    for tab in ("all", "health", "losses", "letters"):
        text = world.client.get(f"/destinations?tab={tab}").text
        assert 'href="/settings?tab=destinations#destinations_add">Add a destination</a>' in text
    viewer = World(role="viewer", empty=True).client.get("/destinations")
    assert "An owner of the shop can add a destination in the settings." in viewer.text
    assert "/settings?tab=destinations" not in viewer.text


def test_a_destination_that_was_never_sent_to_is_not_begun_and_not_zero(tmp_path: Path) -> None:
    world = World(ledgers=lambda destination_id: Reading(tmp_path / destination_id))
    said = words(world.page(tab="health"))
    assert "Not begun" in said
    assert "n/a, because nothing has been delivered yet" in said


def test_what_a_vendor_answers_is_text_everywhere(tmp_path: Path) -> None:
    world = World(ledgers=hostile(tmp_path))
    for tab in ("all", "health", "losses", "letters"):
        answer = world.page(tab=tab)
        assert 'class="missing"' not in answer.text
        assert HOSTILE not in answer.text
        assert "<img" not in answer.text
    csv = world.client.get("/destinations.csv?tab=letters&table=forwarding/letters").text
    assert not re.search(r'(^|,)"?=HYPERLINK', csv, re.MULTILINE)


def test_the_event_that_is_shown_has_zeros_and_noes_and_lacks_what_it_does_not_have() -> None:
    row = {
        "event": "search",
        "seq": 0,
        "search_found": False,
        "is_line": False,
        "bot": True,
        "value": Decimal("0.0000"),
        "coupon": None,
        "notes": [],
        "items": '[{"item_id":"37"}]',
        "props": "no JSON",
        "ts": datetime(2026, 3, 18, 9, 0),  # noqa: DTZ001 - as the store gives it
    }
    assert json.loads(canonical(row)) == {
        "event": "search",
        "seq": 0,
        "search_found": False,
        "bot": True,
        "value": "0.0000",
        "items": [{"item_id": "37"}],
        "props": "no JSON",
        "ts": "2026-03-18T09:00:00Z",
    }
