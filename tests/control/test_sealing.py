"""Secrets in the control data: no byte of the folder holds one, an older folder is sealed, a key is replaced."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from collector.control import Control
from collector.control.alerts import Watch
from collector.control.channels import Channel
from collector.control.reports import Plan
from collector.control.sealing import alerts_secret, report_secret, seal_at_start
from collector.errors import OperatorError
from collector.settings import Settings
from collector.wire import Shop

SIGNS = "whsec-of-a-report"
WARNS = "whsec-of-alerts"
API = "api-key-of-a-vendor"
ROOT = Path(__file__).parents[2]


def plan(secret: str) -> Plan:
    channel = Channel(webhook="https://hooks.example/r46", secret=secret)
    return Plan(name="Morning", kind="daily", hour=9, parts=("overview",), channel=channel)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    made = Control(tmp_path / "control.sqlite")
    made.add(Shop(shop_id="s1", name="One"))
    yield made
    made.close()


def holding(folder: Path, secret: str) -> list[str]:
    """Files of a folder that hold a text."""
    return [file.name for file in sorted(folder.rglob("*")) if secret.encode() in file.read_bytes()]


def everything(control: Control) -> tuple[str, str, str]:
    """The secrets of the report, of the alerts and of the destination."""
    (report,) = control.reports.of("s1")
    (destination,) = control.destinations.of("s1")
    return (
        control.sealing.opened(report.plan.channel, report_secret(report.report_id)).secret,
        control.sealing.opened(control.alerts.watch("s1").channel, alerts_secret("s1")).secret,
        control.destinations.secrets(destination.destination_id)["api_key"],
    )


def filled(control: Control) -> None:
    control.reports.add("s1", plan(SIGNS), 0.0)
    control.alerts.set("s1", Watch(channel=plan(WARNS).channel))
    control.destinations.add("s1", "yespo", "Letters", {}, {"api_key": API}, start_at=0.0, now=0.0)


def aged(control: Control) -> None:
    """The rows as an earlier version wrote them, with their secrets as they are."""
    (report,) = control.reports.of("s1")
    with control._engine.begin() as connection:
        for table, key, owner, secret in (
            ("reports", "report_id", report.report_id, SIGNS),
            ("alert_watches", "shop_id", "s1", WARNS),
        ):
            mine = sa.text(f"select settings from {table} where {key} = :owner")
            told = msgspec.json.decode(connection.execute(mine, {"owner": owner}).scalar_one())
            told["channel"]["secret"] = secret
            changed = sa.text(f"update {table} set settings = :told where {key} = :owner")
            written = msgspec.json.encode(told).decode()
            connection.execute(changed, {"owner": owner, "told": written})


def test_no_byte_of_the_folder_holds_a_secret(control: Control, tmp_path: Path) -> None:
    filled(control)
    assert everything(control) == (SIGNS, WARNS, API)
    control.sealing.rotate()
    assert everything(control) == (SIGNS, WARNS, API)
    for secret in (SIGNS, WARNS, API):
        assert holding(tmp_path, secret) == []
    assert "secrets.key" in {file.name for file in tmp_path.iterdir()}


def test_a_folder_of_an_earlier_version_is_sealed_at_start_without_a_trace(
    control: Control, tmp_path: Path
) -> None:
    filled(control)
    aged(control)
    assert {*holding(tmp_path, SIGNS), *holding(tmp_path, WARNS)} != set()
    assert [fault for _, fault in control.sealing.state() if fault] == [
        "it is not sealed yet; the server seals it when it starts"
    ] * 2
    assert everything(control) == (SIGNS, WARNS, API)
    assert control.sealing.seal_old() == 2
    assert (holding(tmp_path, SIGNS), holding(tmp_path, WARNS)) == ([], [])
    assert everything(control) == (SIGNS, WARNS, API)
    assert control.sealing.seal_old() == 0


def test_a_server_starts_also_where_secrets_cannot_be_sealed(
    control: Control, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filled(control)
    aged(control)
    (tmp_path / "secrets.key").chmod(0o644)
    seal_at_start(control.sealing)
    (told,) = caplog.messages
    assert told.startswith("secrets of webhooks are not sealed yet: the key file ")
    assert (SIGNS in told, WARNS in told) == (False, False)


def test_a_plan_is_changed_without_its_secret_being_known(control: Control) -> None:
    filled(control)
    (report,) = control.reports.of("s1")
    control.reports.change("s1", report.report_id, report.plan, 1.0)
    assert everything(control)[0] == SIGNS
    assert SIGNS not in repr(report)
    assert report.plan.channel.secret not in repr(report)


def test_a_secret_that_was_forgotten_is_told_when_it_is_needed(control: Control) -> None:
    with pytest.raises(OperatorError, match="the secret of the webhook is lost; save its address again"):
        control.sealing.opened(Channel(webhook="https://hooks.example"), "report:x")


def test_sealed_texts_that_change_places_do_not_open(control: Control, tmp_path: Path) -> None:
    filled(control)
    control.destinations.add("s1", "yespo", "Others", {}, {"api_key": "another"}, start_at=0.0, now=0.0)
    with control._engine.begin() as connection:
        rows = connection.execute(sa.text("select destination_id, kept from destination_secrets")).all()
        (one, _), (_, kept) = rows
        mine = sa.text("update destination_secrets set kept = :kept where destination_id = :one")
        connection.execute(mine, {"kept": kept, "one": one})
    with pytest.raises(OperatorError, match="api_key: a sealed secret does not open"):
        control.destinations.secrets(one)


def test_a_replaced_key_is_forgotten_and_the_former_file_too(control: Control, tmp_path: Path) -> None:
    filled(control)
    former = (tmp_path / "secrets.key").read_text()
    assert control.sealing.rotate().sealed == 3
    assert (tmp_path / "secrets.key").read_text() != former
    assert not (tmp_path / "secrets.key.old").exists()
    assert {fault for _, fault in control.sealing.state()} == {""}


def test_a_replacement_that_was_interrupted_is_ended_by_the_next(control: Control, tmp_path: Path) -> None:
    filled(control)
    control.sealing.vault.turn()  # and the process ended
    key = (tmp_path / "secrets.key").read_text()
    assert everything(control) == (SIGNS, WARNS, API)
    assert control.sealing.rotate().sealed == 3
    assert (tmp_path / "secrets.key").read_text() == key
    assert not (tmp_path / "secrets.key.old").exists()
    assert everything(control) == (SIGNS, WARNS, API)


def test_a_secret_that_does_not_open_stops_a_replacement_before_it_begins(
    control: Control, tmp_path: Path
) -> None:
    filled(control)
    key = tmp_path / "secrets.key"
    kept = key.read_text()
    key.unlink()
    with pytest.raises(OperatorError, match="is missing: put it back"):
        control.sealing.rotate()
    with pytest.raises(OperatorError, match="is missing: put it back"):
        control.destinations.add("s1", "yespo", "More", {}, {"api_key": "x"}, start_at=0.0, now=0.0)
    assert [one.name for one in control.destinations.of("s1")] == ["Letters"]
    key.write_text(kept)
    key.chmod(0o600)
    assert everything(control) == (SIGNS, WARNS, API)


def test_after_the_loss_of_a_key_nothing_else_is_lost(control: Control, tmp_path: Path) -> None:
    filled(control)
    (tmp_path / "secrets.key").unlink()
    (report,) = control.reports.of("s1")
    (destination,) = control.destinations.of("s1")
    done = control.sealing.rotate(lost=True)
    assert done.sealed == 0
    assert sorted(done.lost) == sorted(
        (f"destination:{destination.destination_id}:api_key", f"report:{report.report_id}", "alerts:s1")
    )
    (left,) = control.destinations.of("s1")
    assert (left.name, left.secrets) == ("Letters", ())
    assert control.reports.of("s1")[0].plan.channel == Channel(webhook="https://hooks.example/r46")
    control.destinations.change(destination.destination_id, secrets={"api_key": API}, now=1.0)
    assert control.destinations.secrets(destination.destination_id) == {"api_key": API}


def test_without_secrets_there_is_no_key_to_replace(control: Control, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="the first secret makes one"):
        control.sealing.rotate()
    assert not (tmp_path / "secrets.key").exists()


def test_the_key_stands_where_the_operator_said(tmp_path: Path) -> None:
    key = tmp_path / "apart" / "r46.key"
    control = Control(tmp_path / "control.sqlite", settings=Settings(data=tmp_path, secrets_key_file=key))
    control.add(Shop(shop_id="s1", name="One"))
    filled(control)
    control.close()
    assert (key.exists(), (tmp_path / "secrets.key").exists()) == (True, False)


ROTATING = """
import sys
from pathlib import Path
from collector.control import Control
control = Control(Path(sys.argv[1]) / "control.sqlite")
print("begun", flush=True)
while True:
    control.sealing.rotate()
"""


def test_a_process_killed_while_it_replaces_keys_leaves_everything_readable(
    control: Control, tmp_path: Path
) -> None:
    filled(control)
    former, interrupted = tmp_path / "secrets.key.old", 0
    for turn in range(4):
        running = subprocess.Popen(
            [sys.executable, "-c", ROTATING, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        )
        try:
            assert running.stdout is not None
            running.stdout.readline()
            until = time.monotonic() + 20
            for _ in range(turn + 1):
                while not former.exists() and time.monotonic() < until:
                    continue
        finally:
            running.send_signal(signal.SIGKILL)
            running.communicate()
        interrupted += former.exists()
        assert everything(control) == (SIGNS, WARNS, API)
        control.sealing.rotate()
        control.sealing.rotate()
        assert everything(control) == (SIGNS, WARNS, API)
        assert [file.name for file in tmp_path.iterdir() if "secrets.key" in file.name] == ["secrets.key"]
    assert interrupted > 0
