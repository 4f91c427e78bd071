"""`r46 report`, typed as an operator types it: a data folder without a server, and a mail server that keeps what it gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import settings
from collector.cli import r46
from collector.control import Control
from collector.control.channels import Channel
from collector.control.reports import Plan
from collector.errors import OperatorError
from collector.wire import Shop
from tests.outgoing.recorders import MailServer, mail_server

PLAN = Plan(
    name="Morning",
    kind="daily",
    hour=9,
    parts=("overview",),
    channel=Channel(recipients=("ann@shop.example",)),
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def data(tmp_path: Path, server: MailServer) -> Path:
    (tmp_path / "r46.toml").write_text(
        f'smtp_host = "127.0.0.1"\nsmtp_port = {server.port}\nsmtp_tls = "none"\nsmtp_from = "r46@shop.example"\n'
    )
    control = Control(settings.load(data=tmp_path).control_file)
    control.add(Shop(shop_id="s1", name="One", timezone="Europe/Berlin"))
    control.close()
    return tmp_path


def made(data: Path) -> str:
    control = Control(settings.load(data=data).control_file)
    found = control.reports.add("s1", PLAN, 0.0)
    control.close()
    return found.report_id


def typed(data: Path, *words: str) -> str:
    """What the command prints; its own errors are raised."""
    command = ["report", *words, "--data", str(data)]
    result = CliRunner().invoke(r46, command, obj={}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_reports_are_listed_with_what_became_of_the_last_one(data: Path, server: MailServer) -> None:
    assert typed(data, "list") == "no reports; they are made in Settings\n"
    report_id = made(data)
    line = f"{report_id}\ts1\tMorning\toff\tdaily at 09:00\tann@shop.example\tnever sent\n"
    assert typed(data, "list") == line
    assert typed(data, "list", "--shop", "s2") == "no reports; they are made in Settings\n"
    typed(data, "send", report_id)
    assert "\tsent 20" in typed(data, "list", "--shop", "s1")


def test_one_is_sent_now_without_a_server_that_runs(data: Path, server: MailServer) -> None:
    assert typed(data, "send", made(data)) == "ann@shop.example\tsent\t\n"
    (letter,) = server.letters()
    assert str(letter["subject"]).startswith("One: ")


def test_what_cannot_be_sent_is_an_error_with_its_reason(data: Path, server: MailServer) -> None:
    server.fault = "recipient"
    with pytest.raises(OperatorError, match="not everybody has got it"):
        typed(data, "send", made(data))
    with pytest.raises(OperatorError, match="there is no report 'nobody'"):
        typed(data, "send", "nobody")
