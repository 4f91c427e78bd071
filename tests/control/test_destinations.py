"""Destinations of shops: what may be set, what is refused and why, what is asked of their forwarders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collector.control import Control, opened
from collector.control.around import origins_of
from collector.control.destination_acts import MOST, Act
from collector.control.destination_options import filled, options_of, typed, written
from collector.control.destination_rules import Known
from collector.control.destinations import Destinations, Stored
from collector.control.sealing import Sealing
from collector.control.tables import metadata
from collector.control.vault import Vault
from collector.destinations.answers import usual
from collector.destinations.contract import (
    Answer,
    Command,
    Context,
    Destination,
    Judgement,
    Limits,
    Mapped,
    Options,
    Request,
    Secrets,
    Sent,
    Setting,
    Undeliverable,
)
from collector.destinations.policy import COMMON, Policy, policy_of
from collector.errors import OperatorError
from collector.event import Event
from collector.settings import Settings
from collector.wire import Shop

OWN = (
    Setting(name="base_url", kind="url", default="https://in.kettle.example", needed=True),
    Setting(name="account", needed=True, longest=8),
    Setting(name="form", kind="choice", default="plain", choices=("plain", "fancy")),
    Setting(name="batch", kind="whole", default=100, least=1, most=1000),
    Setting(name="colours", kind="words", choices=("red", "green")),
    Setting(name="map", kind="pairs", default={}),
    Setting(name="api_key", kind="secret", needed=True),
    Setting(name="signing", kind="secret"),
)
SECRETS = {"api_key": "kettle-key"}
ACCOUNT = {"account": "acc-1"}


def _map(event: Event, context: Context) -> Mapped:
    return Undeliverable(code="u_event_unsupported")


def _pack(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    return Request(url=options["base_url"])


def _judged(sent: Sent, answer: Answer) -> Judgement:
    return usual(answer)


KETTLE = Destination(
    kind="kettle",
    settings=OWN,
    map=_map,
    pack=_pack,
    judge=_judged,
    limits=lambda options: Limits(),
    probe=lambda options, secrets: Request(url=options["base_url"]),
    probed=usual,
)
LAMP = replace(KETTLE, kind="lamp", settings=(), vendor="lamp")


class World:
    """The destinations of the shop `s1`, over two kinds of our own."""

    def __init__(self, folder: Path, *, plain_http: bool = False) -> None:
        self.engine = sa.create_engine(f"sqlite:///{folder / 'control.sqlite'}")
        metadata.create_all(self.engine)
        self.segments = ["Loyal"]
        environ = {"R46_SECRET_KETTLE": "kept-by-the-operator"}
        sealing = Sealing(self.engine, Vault(folder / "secrets.key", environ=environ))
        known = Known(
            is_shop={"s1", "s2"}.__contains__,
            segments=lambda shop_id: self.segments,
            origins=lambda: ("https://track.shop.example", "http://127.0.0.1:4646"),
            plain_http=plain_http,
            kinds=lambda: {"kettle": KETTLE, "lamp": LAMP},
        )
        self.destinations = Destinations(self.engine, sealing, known)

    def add(
        self, options: Mapping[str, Any] = ACCOUNT, secrets: Mapping[str, str] = SECRETS, **given: Any
    ) -> Stored:
        told = {"shop_id": "s1", "kind": "kettle", "name": "Kettle", "start_at": 5.0, "now": 9.0, **given}
        return self.destinations.add(options=options, secrets=secrets, **told)

    def change(self, one: Stored, **given: Any) -> Stored:
        return self.destinations.change(one.destination_id, now=10.0, **given)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_destination_has_everything_that_was_set_and_the_defaults_of_the_rest(world: World) -> None:
    added = world.add({"account": " acc-1 ", "batch": "50", "events": "purchase, view_item\nview_item"})
    assert added == Stored(
        destination_id=added.destination_id,
        shop_id="s1",
        kind="kettle",
        name="Kettle",
        options={
            "base_url": "https://in.kettle.example",
            "account": "acc-1",
            "form": "plain",
            "batch": 50,
            "colours": (),
            "map": {},
            **{one.name: one.default for one in COMMON if one.kind not in ("words", "pairs")},
            "events": ("purchase", "view_item"),
            "source_vendors": (),
            "fields": {},
            "names": {},
        },
        secrets=("api_key",),
        paused=False,
        created_at=9.0,
        start_at=5.0,
        revision=1,
    )
    assert added.destination_id.isalnum()
    assert policy_of(added.options) == Policy(events=("purchase", "view_item"))
    assert world.destinations.secrets(added.destination_id) == SECRETS
    assert world.destinations.find(added.destination_id) == added
    assert (world.destinations.of("s1"), world.destinations.of("s2")) == ([added], [])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "kettle needs account"),
        ({"account": ""}, "kettle needs account"),
        ({"account": "a" * 9}, "account has at most 8 characters"),
        ({"account": "a\x00b"}, "account holds a character that cannot be printed"),
        ({"account": "a", "form": "odd"}, "form is one of plain, fancy"),
        ({"account": "a", "batch": "0"}, "batch is a whole number from 1 to 1000"),
        ({"account": "a", "batch": "1e3"}, "batch is a whole number from 1 to 1000"),
        ({"account": "a", "batch": "٣"}, "batch is a whole number from 1 to 1000"),
        ({"account": "a", "colours": "red, blue"}, "colours takes red, green, not blue"),
        ({"account": "a", "map": "no equals"}, "map: a line is NAME = VALUE"),
        ({"account": "a", "map": " = b"}, "map: a line is NAME = VALUE"),
        ({"account": "a", "map": "x = 1\nx = 2"}, "map says 'x' twice"),
        ({"account": "a", "map": {str(n): "" for n in range(501)}}, "map has at most 500 entries"),
        ({"account": "a", "forward_possible_replays": "perhaps"}, "forward_possible_replays is on or off"),
        ({"account": "a", "relay_raw": "on"}, "relay_raw: kettle takes no requests as they came"),
        ({"account": "a", "segment": "Rich"}, "the shop has no segment called 'Rich'"),
        ({"account": "a", "api_key": "x"}, "'api_key' is a secret, not an option"),
        ({"account": "a", "acount": "x"}, "'acount' is no option; there are base_url, account,"),
        ({"account": "a", "fields": "nonsense = email"}, "nonsense"),
        ({"account": "a", "names": f"purchase = {'x' * 300}"}, "cannot be the name of an event"),
    ],
)
def test_an_option_that_means_nothing_is_refused_by_its_name(
    world: World, options: Mapping[str, Any], told: str
) -> None:
    with pytest.raises(OperatorError) as refused:
        world.add(options)
    assert told in str(refused.value)
    assert world.destinations.all() == []


@pytest.mark.parametrize(
    "url",
    [
        "in.kettle.example",
        "ftp://in.kettle.example",
        "https://user:pw@in.kettle.example",
        "https://in.kettle.example/?key=1",
        "https://in.kettle.example/#part",
        "https://in.kettle.example:99999",
        "https://in.kettle.example:0",
        "https:// in.kettle.example",
        "https://in.kettle.example\\@evil.example",
        "https://",
        "https://кеттл.example",
    ],
)
def test_an_address_is_one_of_the_web_and_nothing_else(world: World, url: str) -> None:
    with pytest.raises(OperatorError, match=r"base_url: .* is no address; write it like https://"):
        world.add({**ACCOUNT, "base_url": url})


def test_an_address_without_tls_is_taken_where_the_operator_allows_it(world: World, tmp_path: Path) -> None:
    plain = {**ACCOUNT, "base_url": "http://10.0.0.7:8080/in"}
    with pytest.raises(OperatorError, match="base_url is not https"):
        world.add(plain)
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other", plain_http=True)
    assert other.add(plain).options["base_url"] == "http://10.0.0.7:8080/in"


@pytest.mark.parametrize(
    "url",
    [
        "https://track.shop.example",
        "https://TRACK.shop.example.:443/v3",
        "http://127.0.0.1:4646",
        "http://localhost:4646/push",
        "http://[::1]:4646",
    ],
)
def test_a_destination_that_is_this_collector_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(
        OperatorError, match="this collector itself, which would send events round in a circle"
    ):
        World(tmp_path, plain_http=True).add({**ACCOUNT, "base_url": url})


def test_a_change_leaves_what_it_does_not_name_and_counts_itself(world: World) -> None:
    one = world.add({**ACCOUNT, "batch": 7, "map": {"a": "b"}})
    changed = world.change(one, name="Pot", options={"batch": "", "segment": "Loyal"})
    assert changed == replace(
        one, name="Pot", revision=2, options={**one.options, "batch": 100, "segment": "Loyal"}
    )
    assert world.change(one, secrets={"signing": "sign"}).secrets == ("api_key", "signing")
    assert world.destinations.secrets(one.destination_id) == {**SECRETS, "signing": "sign"}
    assert world.change(one, secrets={"signing": ""}).secrets == ("api_key",)
    with pytest.raises(OperatorError, match="there is no destination 'nothing'"):
        world.destinations.change("nothing", now=1.0)


def test_a_segment_that_was_removed_since_stands_in_the_way_of_no_other_change(world: World) -> None:
    one = world.add({**ACCOUNT, "segment": "Loyal"})
    world.segments.clear()
    assert world.change(one, options={"segment": "Loyal", "batch": "9"}).options["batch"] == 9
    with pytest.raises(OperatorError, match="the shop has no segment called 'Rich'"):
        world.change(one, options={"segment": "Rich"})


def test_values_as_a_form_shows_them_mean_the_same_when_they_come_back(world: World) -> None:
    given = {
        **ACCOUNT,
        "colours": "green\nred",
        "map": "a = b = c\nd =",
        "forward_possible_replays": True,
        "fields": {"user_id": "email", "props.x": ""},
    }
    one = world.add(given)
    assert (one.options["colours"], one.options["map"]) == (("green", "red"), {"a": "b = c", "d": ""})
    form = {setting.name: written(one.options[setting.name]) for setting in options_of(KETTLE)}
    assert world.change(one, options=form).options == one.options


def test_what_the_kind_no_longer_has_is_left_out_and_what_is_new_has_its_default() -> None:
    kept = typed(KETTLE, {"account": "a", "batch": "5"}, {})
    assert kept == {"account": "a", "batch": 5}
    later = replace(KETTLE, settings=(*OWN[:2], Setting(name="zone", default="eu")))
    found = filled(later, kept)
    assert (found["account"], found["zone"], "batch" in found) == ("a", "eu", False)
    assert filled(None, kept)["expire_s"] == 86_400


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ({}, "kettle needs the secret api_key"),
        ({"api_key": " "}, "kettle needs the secret api_key"),
        ({**SECRETS, "token": "hush-hush"}, "'token' is no secret of kettle; there are api_key, signing"),
        ({"api_key": "hush-hush" * 2000}, "api_key has at most 16,384 characters"),
        ({"api_key": "env:R46_SECRET_KETTLE"}, "only `r46 destination` takes a reference"),
        ({"api_key": "file:kettle"}, "only `r46 destination` takes a reference"),
    ],
)
def test_a_secret_is_refused_without_being_told(world: World, secrets: Mapping[str, str], told: str) -> None:
    with pytest.raises(OperatorError) as refused:
        world.add(secrets=secrets)
    assert told in str(refused.value)
    assert "hush" not in str(refused.value)
    assert world.destinations.all() == []


def test_a_reference_of_the_operator_is_kept_as_it_is_and_followed_when_used(world: World) -> None:
    one = world.add(secrets={"api_key": "env:R46_SECRET_KETTLE"}, references=True)
    assert world.destinations.references(one.destination_id) == {"api_key": "env:R46_SECRET_KETTLE"}
    assert world.destinations.secrets(one.destination_id) == {"api_key": "kept-by-the-operator"}
    world.change(one, secrets={"api_key": "env:R46_SECRET_POT"}, references=True)
    with pytest.raises(OperatorError, match="api_key: the variable R46_SECRET_POT is not set"):
        world.destinations.secrets(one.destination_id)


def test_secrets_do_not_follow_an_address_to_another_host(world: World) -> None:
    one = world.add()
    with pytest.raises(OperatorError, match="another host: give api_key again"):
        world.change(one, options={"base_url": "https://evil.example"})
    with pytest.raises(OperatorError, match="another host: give api_key again"):
        world.change(one, options={"base_url": "https://in.kettle.example:8443"})
    assert world.change(one, options={"base_url": "https://in.kettle.example/v2"}).revision == 2
    moved = world.change(one, options={"base_url": "https://eu.kettle.example"}, secrets={"api_key": "new"})
    assert moved.options["base_url"] == "https://eu.kettle.example"


def test_a_name_is_taken_once_a_shop_and_there_are_not_too_many(world: World) -> None:
    world.add(name="Kettle 1")
    with pytest.raises(OperatorError, match="the shop has a destination called 'KETTLE 1' already"):
        world.add(name="KETTLE 1")
    for name in ("", " ", "x" * 81, "a\nb"):
        with pytest.raises(OperatorError, match="a name of 1 to 80 printable characters"):
            world.add(name=name)
    for number in range(2, 21):
        world.add(name=f"Kettle {number}")
    with pytest.raises(OperatorError, match="a shop has at most 20 destinations"):
        world.add(name="Kettle 21")
    assert world.add(name="Kettle 1", shop_id="s2").shop_id == "s2"
    with pytest.raises(OperatorError, match="no shop with the id 's3'"):
        world.add(shop_id="s3")
    with pytest.raises(OperatorError, match="'pan' is no kind of destination; there are kettle, lamp"):
        world.add(kind="pan")


def test_what_is_removed_is_gone_with_its_secrets_and_what_was_asked(world: World) -> None:
    one, other = world.add(), world.add(name="Other")
    world.destinations.ask(one.destination_id, Act(kind="resume"), 1.0)
    assert world.destinations.remove(one.destination_id) == one
    assert world.destinations.all() == [other]
    assert world.destinations.acts(one.destination_id) == []
    with world.engine.connect() as connection:
        left = connection.execute(sa.text("select distinct destination_id from destination_secrets"))
        assert left.scalars().all() == [other.destination_id]
    with pytest.raises(OperatorError, match="there is no destination"):
        world.destinations.remove(one.destination_id)


def test_what_is_asked_waits_until_it_is_done(world: World) -> None:
    one = world.add()
    paused = world.destinations.pause(one.destination_id, 1.0)
    assert (paused.paused, paused.revision, world.destinations.acts(one.destination_id)) == (True, 2, [])
    resumed = world.destinations.resume(one.destination_id, 2.0)
    assert (resumed.paused, resumed.revision) == (False, 3)
    act = Act(kind="replay", since=1.5, until=2.5, again=True)
    number = world.destinations.ask(one.destination_id, act, 3.0)
    first, second = world.destinations.acts(one.destination_id)
    assert (first[1], second) == (Act(kind="resume"), (number, act))
    world.destinations.done(first[0])
    assert world.destinations.acts(one.destination_id) == [second]
    with pytest.raises(OperatorError, match="must end after it begins"):
        world.destinations.ask(one.destination_id, Act(kind="replay", since=2.0, until=2.0), 3.0)
    with pytest.raises(OperatorError, match="at most 10,000 events at once"):
        world.destinations.ask(one.destination_id, Act(kind="resend", event_ids=("e",) * 10_001), 3.0)
    for _ in range(MOST - 1):
        world.destinations.ask(one.destination_id, Act(kind="resend", code="r_auth"), 4.0)
    with pytest.raises(OperatorError, match="100 things wait to be done already; is the server running"):
        world.destinations.ask(one.destination_id, Act(kind="resume"), 5.0)


def test_ids_of_acts_are_never_used_again(world: World) -> None:
    one = world.add()
    first = world.destinations.ask(one.destination_id, Act(kind="resume"), 1.0)
    world.destinations.done(first)
    assert world.destinations.ask(one.destination_id, Act(kind="resume"), 1.0) > first


def test_relayed_requests_are_for_kinds_that_take_their_own(world: World) -> None:
    assert world.add({"relay_raw": "on"}, {}, kind="lamp").options["relay_raw"] is True


def test_another_process_sees_a_change_and_knows_where_it_is(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, public_url="https://track.shop.example", webhook_private=True)
    one, other = opened(settings), opened(settings)
    one.add(Shop(shop_id="s1", name="One"))
    with pytest.raises(OperatorError, match="round in a circle"):
        one.destinations.add(
            "s1",
            "yespo",
            "Letters",
            {"base_url": "https://track.shop.example"},
            {"api_key": "k"},
            start_at=0.0,
            now=0.0,
        )
    added = one.destinations.add("s1", "yespo", "Letters", {}, {"api_key": "k"}, start_at=0.0, now=0.0)
    assert other.destinations.all() == [added]
    assert other.destinations.secrets(added.destination_id) == {"api_key": "k"}
    for control in (one, other):
        control.close()


def test_what_is_typed_into_another_process_knows_where_the_server_is(tmp_path: Path) -> None:
    server = opened(Settings(data=tmp_path, port=4761))
    server.add(Shop(shop_id="s1", name="One"))
    server.installation.serves(origins_of(Settings(port=4761, public_url="https://track.shop.example")))
    other = opened(Settings(data=tmp_path, webhook_private=True))
    for url in ("http://localhost:4761", "https://track.shop.example"):
        with pytest.raises(OperatorError, match="round in a circle"):
            other.destinations.add(
                "s1", "yespo", "Letters", {"base_url": url}, {"api_key": "k"}, start_at=0.0, now=0.0
            )
    server.close()
    other.close()


def test_an_installation_keeps_its_id(tmp_path: Path) -> None:
    one, other = Control(tmp_path / "control.sqlite"), Control(tmp_path / "control.sqlite")
    made = one.installation_id()
    assert len(made) == 32
    assert (other.installation_id(), one.installation_id()) == (made, made)
    apart = Control(tmp_path / "apart" / "control.sqlite")
    assert apart.installation_id() != made
    for control in (one, other, apart):
        control.close()
