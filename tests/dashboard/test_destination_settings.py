"""Settings, Destinations: forms are made from what a kind lets be set, secrets are told to nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from collector.control import Control
from collector.control.destination_options import settings_of
from collector.control.destinations import Stored
from collector.destinations import kinds
from dashboard.settings.destination_fields import concerns, key_of
from dashboard.texts import load
from tests.dashboard.shop_world import HOSTILE, NOW, OTHER, SHOP, Answer, Client, app_over, week

ID = SHOP.shop_id
SECRET = "hush-hush-secret-77"
HOOK = {
    "kind": "webhook",
    "name": "Warehouse",
    "option-url": "https://hooks.example/r46",
    "secret-secret": SECRET,
    "option-batch": "50",
    "option-events": "view_item\npurchase",
    "option-fields": "coupon = stream",
    **{
        f"option-{name}": value
        for name, value in {
            "expire_s": "3600",
            "max_age_s": "3600",
            "rate": "0",
            "retry_budget": "120",
            "keep_days": "30",
            "keep_rows": "200000",
        }.items()
    },
}


class Settings:
    """An owner in front of the settings of a shop on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.control = Control(folder / "control.sqlite")
        self.control.add(SHOP)
        self.control.add(OTHER)
        self.client = Client(app_over(week(), control=self.control))  # type: ignore[arg-type]
        self.client.post("/signin", {"token": self.control.issue_link(NOW.timestamp())})

    def shown(self, **query: str) -> str:
        more = "".join(f"&{name}={value}" for name, value in query.items())
        answer = self.client.get(f"/settings?shop={ID}&tab=destinations{more}")
        assert answer.status == 200
        assert 'class="missing"' not in answer.text
        return answer.text

    def sent(self, act: str, **fields: str) -> Answer:
        return self.client.post(
            f"/settings?shop={ID}&tab=destinations", {"act": f"destinations_{act}", **fields}
        )

    def stored(self) -> list[Stored]:
        return list(self.control.destinations.of(ID))

    def added(self, **more: str) -> Stored:
        assert self.sent("add", **{**HOOK, **more}).status == 303
        (one,) = self.stored()
        return one


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    found = Settings(tmp_path)
    yield found
    found.control.close()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("kind", kinds())
def test_every_setting_of_every_kind_has_a_name_and_a_sentence(kind: str, language: str) -> None:
    known, words = kinds()[kind], load(language)
    own = load(language).within("destination_kinds")
    assert {f"{kind}", f"{kind}_about"} <= own.keys()
    keys = [key_of(one, known) for one in settings_of(known)]
    assert [key for key in keys for end in ("", "_hint") if not words.has(key + end)] == []


def test_no_text_is_of_a_setting_that_there_is_not() -> None:
    known = {
        key_of(one, kind).removeprefix("destination_kinds.")
        for kind in kinds().values()
        for one in settings_of(kind)
    }
    told = {key for key in load("en").within("destination_kinds") if "." in key}
    assert {
        key for key in told if key not in known and not any(key.startswith(f"{one}_") for one in known)
    } == set()


def test_a_destination_is_added_from_now_on_with_what_was_typed(settings: Settings) -> None:
    one = settings.added()
    assert (one.kind, one.name, one.paused, one.start_at) == ("webhook", "Warehouse", False, NOW.timestamp())
    assert {
        name: one.options[name] for name in ("url", "batch", "events", "fields", "expire_s", "relay_raw")
    } == {
        "url": "https://hooks.example/r46",
        "batch": 50,
        "events": ("view_item", "purchase"),
        "fields": {"coupon": "stream"},
        "expire_s": 3600,
        "relay_raw": False,
    }
    assert dict(settings.control.destinations.secrets(one.destination_id)) == {"secret": SECRET}


def test_a_destination_may_begin_with_what_was_received_before(settings: Settings) -> None:
    one = settings.added(since="2026-03-01")
    assert datetime.fromtimestamp(one.start_at, UTC) == datetime(2026, 2, 28, 23, 0, tzinfo=UTC)
    again = settings.sent("add", **{**HOOK, "name": "Other", "since": "soon"})
    assert (again.status, "is no day" in unescape(again.text)) == (400, True)


def test_a_secret_is_told_by_no_page_no_data_and_no_history(settings: Settings) -> None:
    one = settings.added()
    settings.sent("save", **{**HOOK, "id": one.destination_id, "secret-secret": "another-secret-88"})
    shown = settings.shown(code=one.destination_id)
    data = settings.client.get(f"/settings.json?shop={ID}&tab=destinations").text
    history = str([(row.what, row.about) for row in settings.control.audit.of(ID)])
    stored = b"".join(path.read_bytes() for path in settings.folder.rglob("*") if path.is_file())
    for secret in (SECRET, "another-secret-88"):
        assert secret not in shown + data + history
        assert secret.encode() not in stored
    assert 'placeholder="set"' in shown
    assert "destination_changed" in history


def test_a_secret_that_is_not_typed_stays_and_a_switch_that_is_not_ticked_is_off(settings: Settings) -> None:
    one = settings.added(**{"option-forward_possible_replays": "1"})
    assert one.options["forward_possible_replays"] is True
    changed = {**HOOK, "id": one.destination_id, "name": "Renamed", "secret-secret": "", "option-events": ""}
    assert settings.sent("save", **changed).status == 303
    (found,) = settings.stored()
    assert (found.name, found.options["events"], found.options["forward_possible_replays"]) == (
        "Renamed",
        (),
        False,
    )
    assert dict(settings.control.destinations.secrets(one.destination_id)) == {"secret": SECRET}


def test_a_secret_that_is_not_needed_can_be_forgotten(settings: Settings) -> None:
    form = {
        "kind": "file",
        "name": "Bucket",
        "option-place": "s3://bucket/path",
        "option-account": "AK",
        "secret-key": SECRET,
    }
    settings.sent("add", **form)
    (one,) = settings.stored()
    assert 'name="forget-key"' in settings.shown(code=one.destination_id)
    settings.sent("save", **{**form, "id": one.destination_id, "secret-key": "", "forget-key": "1"})
    assert dict(settings.control.destinations.secrets(one.destination_id)) == {}


def test_a_reference_to_the_operators_secrets_is_none_of_a_shops_owner(settings: Settings) -> None:
    for secret in ("env:R46_SECRET_OTHER", "file:other"):
        settings.sent("add", **{**HOOK, "name": secret, "secret-secret": secret})
    told = [dict(settings.control.destinations.references(one.destination_id)) for one in settings.stored()]
    assert all(one == {} for one in told)


def test_removing_needs_to_be_confirmed(settings: Settings) -> None:
    one = settings.added()
    assert settings.sent("remove", id=one.destination_id).status == 400
    assert len(settings.stored()) == 1
    assert settings.sent("remove", id=one.destination_id, sure="1").status == 303
    assert settings.stored() == []
    assert [row.what for row in settings.control.audit.of(ID)] == ["destination_removed", "destination_added"]


def test_pause_and_resume_stand_beside_the_form(settings: Settings) -> None:
    one = settings.added()
    settings.sent("pause", id=one.destination_id)
    assert settings.stored()[0].paused
    assert 'value="destinations_resume"' in settings.shown(code=one.destination_id)
    settings.sent("resume", id=one.destination_id)
    assert not settings.stored()[0].paused


def test_without_the_means_a_test_says_that_it_cannot(settings: Settings) -> None:
    one = settings.added()
    answer = settings.sent("test", id=one.destination_id)
    assert (answer.status, "destinations cannot be tested from here" in answer.text) == (400, True)


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_form_with_every_setting_that_concerns_it(settings: Settings, kind: str) -> None:
    text = settings.shown(tool=kind)
    names = set(re.findall(r'name="((?:option|secret)-[a-z_0-9]+)"', text))
    known = kinds()[kind]
    wanted = {
        f"{'secret' if one.kind == 'secret' else 'option'}-{one.name}"
        for one in settings_of(known)
        if concerns(one, known)
    }
    assert names == wanted


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "pigeon"}, "there is no such kind of destination"),
        ({"option-url": "nowhere"}, "is no address"),
        ({"option-batch": "0"}, "batch is a whole number from 1 to 1000"),
        ({"secret-secret": ""}, "webhook needs the secret secret"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_said_and_adds_nothing(
    settings: Settings, wrong: Mapping[str, Any], said: str
) -> None:
    answer = settings.sent("add", **{**HOOK, **wrong})
    assert (answer.status, said in unescape(answer.text)) == (400, True)
    assert settings.stored() == []


def test_another_shops_destination_is_not_found(settings: Settings) -> None:
    theirs = settings.control.destinations.add(
        OTHER.shop_id, "r46", "Theirs", {"shop_id": "x"}, {}, start_at=1.0, now=1.0
    )
    for act in ("save", "remove", "pause", "resume", "test"):
        answer = settings.sent(act, **{**HOOK, "id": theirs.destination_id, "sure": "1"})
        assert (answer.status, "the shop has no such destination" in answer.text) == (400, True)
    assert "Theirs" not in settings.shown(code=theirs.destination_id)
    assert settings.control.destinations.find(theirs.destination_id) == theirs


def test_a_name_of_a_stranger_is_text(settings: Settings) -> None:
    one = settings.added(name=HOSTILE)
    text = settings.shown(code=one.destination_id)
    assert HOSTILE not in text
    assert HOSTILE in unescape(text)
