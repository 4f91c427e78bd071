"""`r46 destination` and `r46 secrets`, typed as an operator types them, over a data folder without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from collector import settings
from collector.cli import r46
from collector.control import Control, opened
from collector.control.destination_acts import Act
from collector.control.destinations import Stored
from collector.errors import OperatorError
from collector.forwarder.health import DEAD
from collector.forwarder.reading import ledger_file
from collector.serving.local import EngineLock
from collector.wire import Shop
from tests.dashboard.ledgers import Fate, Told, write
from tests.destinations.recorder import Recorder, ok, recorder, status

SECRET = "kettle-signing-secret"
URL = "https://hooks.example/r46"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    with control(folder) as made:
        made.add(Shop(shop_id="s1", name="One", timezone="Europe/Berlin"))
    return folder


@pytest.fixture
def vendor() -> Iterator[Recorder]:
    with recorder() as running:
        yield running


@contextmanager
def control(data: Path) -> Iterator[Control]:
    made = opened(settings.load(data=data))
    try:
        yield made
    finally:
        made.close()


def ran(data: Path, *words: str, asked: str = "", group: str = "destination") -> tuple[int, str]:
    """Exit code and what the command prints; its own errors are raised."""
    command = [group, *words, "--data", str(data)]
    result = CliRunner().invoke(r46, command, obj={}, catch_exceptions=False, input=asked)
    return result.exit_code, result.output


def typed(data: Path, *words: str, asked: str = "", group: str = "destination") -> str:
    code, output = ran(data, *words, asked=asked, group=group)
    assert code == 0, output
    return output


def added(data: Path, *words: str, url: str = URL) -> str:
    """The id of a new webhook called Hook, its secret told on standard input."""
    command = (
        "add",
        "Hook",
        "--shop",
        "s1",
        "--kind",
        "webhook",
        "--option",
        f"url={url}",
        "--secret",
        "secret",
    )
    return typed(data, *command, *words, asked=f"{SECRET}\n").split("\t")[0]


def stored(data: Path, destination_id: str) -> Stored:
    with control(data) as made:
        found = made.destinations.find(destination_id)
    assert found is not None
    return found


def acts(data: Path, destination_id: str) -> list[Act]:
    with control(data) as made:
        return [act for _, act in made.destinations.acts(destination_id)]


def noted(data: Path) -> list[tuple[str, str, str]]:
    """The history of changes, oldest first: shop, what, about."""
    with control(data) as made:
        found = made.audit.of("s1", installation=True)
    return [(one.shop_id, one.what, one.about) for one in reversed(found)]


def holding(folder: Path, secret: str) -> list[str]:
    return [one.name for one in folder.rglob("*") if one.is_file() and secret.encode() in one.read_bytes()]


def berlin(text: str) -> float:
    return datetime.fromisoformat(f"{text}+01:00").timestamp()


def test_a_secret_is_read_from_standard_input_and_stands_nowhere(data: Path) -> None:
    destination_id = added(
        data, "--option", "batch=10", "--option", "events=purchase", "--option", "events=refund"
    )
    one = stored(data, destination_id)
    assert (one.shop_id, one.kind, one.name, one.secrets) == ("s1", "webhook", "Hook", ("secret",))
    assert (one.options["url"], one.options["batch"]) == (URL, 10)
    assert one.options["events"] == ("purchase", "refund")
    with control(data) as made:
        assert made.destinations.secrets(destination_id) == {"secret": SECRET}
    said = typed(data, "show", destination_id) + typed(data, "show", destination_id, "--json")
    said += typed(data, "list") + json.dumps(noted(data))
    assert SECRET not in said
    assert holding(data, SECRET) == []


def test_a_destination_begins_now_or_on_a_day_of_the_shop(data: Path) -> None:
    one = stored(data, added(data))
    assert one.start_at == one.created_at
    command = (
        "add",
        "Old",
        "--shop",
        "s1",
        "--kind",
        "webhook",
        "--option",
        f"url={URL}",
        "--secret",
        "secret",
    )
    other = typed(data, *command, "--since", "2026-03-02", asked="x\n").split("\t")[0]
    assert stored(data, other).start_at == berlin("2026-03-02T00:00:00")


def test_secrets_come_from_a_file_or_are_referred_to(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hook.txt").write_text(f"{SECRET}\n")
    monkeypatch.setenv("R46_SECRET_HOOK", "kept in the environment")
    command = ("add", "Hook", "--shop", "s1", "--kind", "webhook", "--option", f"url={URL}")
    destination_id = typed(data, *command, "--secret-file", f"secret={tmp_path / 'hook.txt'}").split("\t")[0]
    with control(data) as made:
        assert made.destinations.secrets(destination_id) == {"secret": SECRET}
    typed(data, "set", destination_id, "--secret-ref", "secret=env:R46_SECRET_HOOK")
    with control(data) as made:
        assert made.destinations.secrets(destination_id) == {"secret": "kept in the environment"}
    shown = json.loads(typed(data, "show", destination_id, "--json"))
    assert shown["secrets"] == {"secret": "env:R46_SECRET_HOOK"}


@pytest.mark.parametrize(
    ("words", "asked", "told"),
    [
        (("--secret-ref", f"secret={SECRET}"), "", "never the secret"),
        (("--secret-ref", "secret=env:PATH"), "", "a reference is env:R46_SECRET_"),
        (("--secret-file", "secret=/nowhere/at/all"), "", "cannot be read"),
        (("--secret-file", "secret"), "", "takes a name, an equals sign and where the secret is"),
        (("--secret", "secret"), "\n", "the secret secret is empty"),
        (("--secret", "secret", "--secret-ref", "secret=file:x"), "y\n", "is told twice"),
        (("--secret", "token"), "y\n", "'token' is no secret of webhook; there are secret"),
        ((), "", "webhook needs the secret secret"),
        (("--option", "batch"), "", "'batch' is no option; write NAME=VALUE"),
        (("--option", "batch=0"), "", "batch is a whole number from 1 to 1000"),
    ],
)
def test_what_cannot_be_is_refused_and_the_secret_not_told(
    data: Path, words: tuple[str, ...], asked: str, told: str
) -> None:
    command = ("add", "Hook", "--shop", "s1", "--kind", "webhook", "--option", f"url={URL}")
    with pytest.raises(OperatorError) as refused:
        ran(data, *command, *words, asked=asked)
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)
    assert typed(data, "list") == "no destinations\n"


def test_a_change_keeps_what_it_does_not_name(data: Path) -> None:
    destination_id = added(data, "--option", "names=purchase = order", "--option", "names=refund = back")
    typed(data, "set", destination_id, "--name", "Hooks", "--option", "batch=7")
    one = stored(data, destination_id)
    assert (one.name, one.options["batch"], one.revision) == ("Hooks", 7, 2)
    assert one.options["names"] == {"purchase": "order", "refund": "back"}
    typed(data, "set", destination_id, "--option", "batch=", "--option", "names=")
    assert (stored(data, destination_id).options["batch"], stored(data, destination_id).options["names"]) == (
        100,
        {},
    )
    with pytest.raises(OperatorError, match="webhook needs the secret secret"):
        ran(data, "set", destination_id, "--forget", "secret")


def test_acts_wait_for_the_server_and_say_so(data: Path) -> None:
    one = added(data)
    assert typed(data, "pause", one) == "Hook is paused\n"
    assert stored(data, one).paused
    assert typed(data, "resume", one) == "Hook sends again; it is done when the server runs\n"
    assert typed(data, "replay", one, "--since", "2026-03-01", "--until", "2026-03-02", "--again") == (
        "Hook: replay is asked for; it is done when the server runs\n"
    )
    typed(data, "replay", one, "--since", "2026-03-01T09:30")
    typed(data, "resend", one, "--event-id", "e1", "--event-id", "e2")
    typed(data, "resend", one, "--code", "r_rejected", "--state", "failed")
    lock = EngineLock(data)
    assert typed(data, "resend", one, "--all-dead") == "Hook: resend is asked for\n"
    lock.close()
    assert acts(data, one) == [
        Act(kind="resume"),
        Act(
            kind="replay",
            since=berlin("2026-03-01T00:00:00"),
            until=berlin("2026-03-03T00:00:00"),
            again=True,
        ),
        Act(kind="replay", since=berlin("2026-03-01T09:30:00")),
        Act(kind="resend", event_ids=("e1", "e2")),
        Act(kind="resend", states=("failed",), code="r_rejected"),
        Act(kind="resend", states=DEAD),
    ]
    assert noted(data) == [
        ("s1", "destination_added", "Hook (webhook)"),
        ("s1", "destinations_pause", "Hook"),
        ("s1", "destinations_resume", "Hook"),
        ("s1", "destinations_replay", "Hook 2026-03-01 2026-03-02"),
        ("s1", "destinations_replay", "Hook 2026-03-01T09:30"),
        ("s1", "destinations_resend", "Hook 2 events"),
        ("s1", "destinations_resend", "Hook r_rejected"),
        ("s1", "destinations_resend", "Hook all"),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("resend",), "name events with --event-id"),
        (("resend", "--all-dead", "--code", "r_auth"), "name events with --event-id"),
        (("replay", "--since", "yesterday"), "'yesterday' is no day or time"),
        (("replay", "--since", "2026-03-02", "--until", "2026-03-01"), "must end after it begins"),
    ],
)
def test_an_act_that_means_nothing_is_not_kept(data: Path, words: tuple[str, ...], told: str) -> None:
    one = added(data)
    with pytest.raises(OperatorError, match=told):
        ran(data, words[0], one, *words[1:])
    assert acts(data, one) == []
    with pytest.raises(OperatorError, match="there is no destination 'nothing'"):
        ran(data, "resend", "nothing", "--all-dead")


def ledger(data: Path, destination_id: str, *fates: Fate, **facts: Any) -> None:
    condition = {
        "condition": "paused",
        "code": "r_auth",
        "told": "401 revoked",
        "since": berlin("2026-03-18T08:00:00"),
    }
    write(
        ledger_file(data, destination_id),
        Told(condition=condition, fates=fates, waiting=2, facts={"delivered_at": "1773817200.0"}, **facts),
    )


def test_what_became_of_events_is_told_and_stays_on_its_line(data: Path) -> None:
    one = added(data)
    hostile = "422 \x1b[31m<b>no\u2028such item"
    ledger(
        data,
        one,
        Fate(
            day="2026-03-17", event="view_item", state="failed", code="r_rejected", told=hostile, ids=("e1",)
        ),
        Fate(day="2026-03-17", event="purchase", state="delivered", ids=("e2",), maybe=True, repeats=3),
    )
    assert typed(data, "outcomes", one, "--state", "failed") == (
        "2026-03-17 10:01:00\tfailed\tr_rejected\tview_item\te1\trepeated 0 times"
        "\t422 \\x1b[31m<b>no\\u2028such item\n"
    )
    assert typed(data, "outcomes", one, "--event", "purchase").split("\t")[1:] == [
        "delivered",
        "-",
        "purchase",
        "e2",
        "repeated 3 times, may have arrived twice\n",
    ]
    rows = json.loads(typed(data, "outcomes", one, "--code", "r_rejected", "--json"))
    assert [(row["event_id"], row["state"], row["told"]) for row in rows] == [("e1", "failed", hostile)]
    assert typed(data, "outcomes", one, "--state", "expired") == "no outcomes\n"


def test_losses_are_summed_over_days(data: Path) -> None:
    one, today = added(data), datetime.now(UTC).date().isoformat()
    ledger(
        data,
        one,
        Fate(
            day=today,
            event="purchase",
            state="delivered_with_loss",
            events=3,
            losses=("loss_currency", "loss_ts"),
        ),
        Fate(day="2020-01-01", event="purchase", state="delivered_with_loss", events=9, losses=("loss_ts",)),
    )
    assert typed(data, "losses", one) == "loss_currency\tpurchase\t3\nloss_ts\tpurchase\t3\n"
    assert json.loads(typed(data, "losses", one, "--json"))[0] == {
        "code": "loss_currency",
        "event": "purchase",
        "events": 3,
    }


def test_health_is_told_with_why_and_counts(data: Path) -> None:
    one = added(data)
    assert typed(data, "list") == f"{one}\ts1\twebhook\tHook\tstarting\t0 wait\t0 delivered\n"
    ledger(data, one, Fate(day="2026-03-17", event="view_item", state="delivered", events=40), behind=77)
    assert (
        typed(data, "list", "--shop", "s1")
        == f"{one}\ts1\twebhook\tHook\tpaused r_auth\t2 wait\t40 delivered\n"
    )
    assert typed(data, "list", "--shop", "s2") == "no destinations\n"
    (shown,) = json.loads(typed(data, "list", "--json"))
    assert shown == json.loads(typed(data, "show", one, "--json"))
    assert shown["counts"] == {
        "delivered": 40,
        "delivered_with_loss": 0,
        "undeliverable": 0,
        "failed": 0,
        "expired": 0,
        "skipped": 0,
    }
    told = {
        name: shown[name] for name in ("condition", "since", "waiting", "log_not_read_bytes", "lag_seconds")
    }
    assert told == {
        "condition": "paused r_auth",
        "since": "2026-03-18T08:00:00+01:00",
        "waiting": 2,
        "log_not_read_bytes": 77,
        "lag_seconds": None,
    }
    lines = dict(line.split(maxsplit=1) for line in typed(data, "show", one).splitlines())
    assert (lines["condition"], lines["delivered"], lines["secrets"]) == (
        "paused r_auth",
        "40",
        "secret = set",
    )
    assert (lines["lag_seconds"], lines["relay_raw"], lines["url"]) == ("–", "off", URL)


def test_a_test_asks_the_vendor_at_once(data: Path, vendor: Recorder) -> None:
    (data / "r46.toml").write_text("webhook_private = true\n")
    one = added(data, url=f"{vendor.url}/in")
    vendor.script("/in", ok(b"{}"), status(401))
    assert typed(data, "test", one) == "delivered\t200 {}\n"
    with pytest.raises(OperatorError, match="Hook does not take events as it is set up"):
        ran(data, "test", one)
    assert [got.headers["r46-test"] for got in vendor.got] == ["1", "1"]
    with control(data) as made:
        assert {got.headers["r46-via"] for got in vendor.got} == {made.installation_id()}
    assert noted(data)[1:] == [
        ("s1", "destinations_test", "Hook delivered"),
        ("s1", "destinations_test", "Hook auth"),
    ]


def test_the_kinds_are_told_with_what_they_need(data: Path) -> None:
    lines = typed(data, "kinds").splitlines()
    assert "webhook\tneeds url, secret\tsecrets secret" in lines
    told = dict(line.split(maxsplit=1) for line in typed(data, "kinds", "webhook").splitlines())
    assert (told["secret"], told["batch"], told["expire_s"]) == (
        "secret, needed",
        "whole 1…1000, default 100",
        "whole 60…2592000, default 86400",
    )
    with pytest.raises(OperatorError, match="'pan' is no kind of destination"):
        ran(data, "kinds", "pan")


def test_what_is_removed_is_gone(data: Path) -> None:
    one = added(data)
    assert typed(data, "remove", one) == "removed\tHook\n"
    assert typed(data, "list") == "no destinations\n"
    with pytest.raises(OperatorError, match="there is no destination"):
        ran(data, "show", one)


def test_the_key_is_replaced_and_secrets_are_looked_at(data: Path) -> None:
    assert typed(data, "check", group="secrets") == "no secrets\n"
    one, key = added(data), data / "secrets.key"
    former = key.read_text()
    assert typed(data, "rotate", group="secrets").startswith(
        "1 secrets are sealed with the new key; keep a copy of "
    )
    assert key.read_text() != former
    assert holding(data, SECRET) == []
    assert typed(data, "check", group="secrets") == f"destination:{one}:secret\topens\n"
    key.write_text(former)
    code, said = ran(data, "check", group="secrets")
    assert (code, "put the right key file back, or enter the secret again" in said) == (1, True)
    assert typed(data, "rotate", "--lost", group="secrets").splitlines()[1:] == [
        f"forgotten\tdestination:{one}:secret"
    ]
    assert stored(data, one).secrets == ()
    assert noted(data)[1:] == [
        ("", "secrets_rotated", "1 sealed, 0 forgotten"),
        ("", "secrets_rotated", "0 sealed, 1 forgotten"),
    ]
