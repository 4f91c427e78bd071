"""Reports: due on the shop's clock, sent once, whatever ends or fails in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.control.channels import Channel
from collector.errors import OperatorError
from collector.serving.post import server_of
from collector.settings import Settings
from tests.dashboard.shop_world import FORMULA, HOSTILE, SHOP, hostile, week
from tests.serving.telling_world import ANN, Telling, telling

ID = SHOP.shop_id


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Telling]:
    with telling(tmp_path, week()) as made:
        yield made


def text_of(world: Telling, number: int = -1) -> str:
    part = world.mail.letters()[number].get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\N{NO-BREAK SPACE}", " ")


def test_a_report_that_is_switched_on_late_begins_with_the_next_one(world: Telling) -> None:
    world.control.reports.add(ID, world.plan(), world.now.timestamp())  # 11:30 in Berlin, due at 9:00
    world.turn()
    assert world.mail.accepted == []
    world.now = datetime(2026, 3, 19, 7, 59, 59, tzinfo=UTC)
    world.turn()
    assert world.mail.accepted == []
    world.pass_(seconds=1)
    world.turn()
    assert world.mail.recipients() == [ANN]


def test_what_is_switched_off_is_never_sent(world: Telling) -> None:
    world.control.reports.add(ID, world.plan(on=False), 0.0)
    world.turn()
    assert world.told() == []


def test_a_report_is_sent_once_over_many_turns_and_restarts(world: Telling) -> None:
    world.control.reports.add(ID, world.plan(), 0.0)
    for _ in range(3):
        world.turn()
        world.restart()
        world.pass_(hours=1)
    assert world.mail.recipients() == [ANN]
    world.pass_(days=1)
    world.turn()
    assert world.mail.recipients() == [ANN, ANN]


def test_after_days_without_a_server_only_the_last_report_is_sent(world: Telling) -> None:
    world.control.reports.add(ID, world.plan(), 0.0)
    world.turn()
    world.pass_(days=9)
    world.turn()
    assert [one.thing.rpartition(":")[2] for one in world.told()] == ["2026-03-27", "2026-03-18"]


def test_a_report_says_the_figures_of_the_pages(world: Telling) -> None:
    world.control.reports.add(ID, world.plan("daily"), 0.0)
    world.turn()
    lines = text_of(world).splitlines()
    assert world.mail.letters()[0]["subject"] == "Kettles & Co: Tue 17 Mar 2026"
    assert "Morning: Kettles & Co" in lines
    assert "Revenue: €100.00 (▲ 25.0 %, from €80.00)" in lines
    assert "Orders: 1 (0.0 %, from 1)" in lines
    assert "* Kettle – Revenue: €100.00, Orders: 1, Units: 1" in lines
    assert "* dynamic – Direct revenue: €100.00, Direct orders: 1" in lines
    link = "https://r46.kettles.example/products?shop=kettles&period=custom&since=2026-03-17&to=2026-03-17"
    assert link in lines


def test_a_report_speaks_its_language(world: Telling) -> None:
    world.control.reports.add(ID, world.plan("weekly", language="ru"), 0.0)
    world.turn()
    assert "Выручка" in text_of(world)
    assert "80,00 €" in text_of(world)
    assert str(world.mail.letters()[0]["subject"]).startswith("Kettles & Co, неделя: ")


def test_what_shoppers_wrote_is_harmless_in_a_mail(tmp_path: Path) -> None:
    with telling(tmp_path, hostile()) as world:
        world.control.reports.add(ID, world.plan("daily"), 0.0)
        world.turn()
        (letter,) = world.mail.letters()
        html = letter.get_body(("html",))
        assert html is not None
        assert "<img" not in html.get_content()
        assert "&lt;/script&gt;&lt;img" in html.get_content()
        assert HOSTILE in text_of(world)
        assert FORMULA not in str(letter["subject"])


def test_a_webhook_gets_the_same_figures_as_numbers(world: Telling) -> None:
    world.control.reports.add(ID, world.plan("daily", channel=world.hook()), 0.0)
    world.turn()
    (got,) = world.web.got
    told = json.loads(got.body)
    figures = {one["name"]: (one["value"], one["previous"]) for one in told["figures"]}
    assert (told["type"], told["first_day"], told["last_day"]) == ("report", "2026-03-17", "2026-03-17")
    assert figures["revenue"] == ("100.0000", "80.0000")
    assert figures["orders"] == (1, 1)
    assert told["tables"]["overview/products"]["rows"][0]["item_name"] == "Kettle"
    assert not told["repeated"]


def test_each_target_succeeds_and_fails_alone(world: Telling) -> None:
    channel = Channel(recipients=(ANN,), webhook=world.web.url, secret="whsec")
    world.control.reports.add(ID, world.plan(channel=channel), 0.0)
    world.web.status = 500
    world.turn()
    assert {one.target: one.state for one in world.told()} == {ANN: "sent", "webhook": "waiting"}
    world.web.status = 200
    world.pass_(seconds=60)
    world.turn()
    assert {one.target: (one.state, one.attempts) for one in world.told()} == {
        ANN: ("sent", 1),
        "webhook": ("sent", 2),
    }
    assert world.mail.recipients() == [ANN]


def test_a_refused_mail_is_tried_again_with_its_reason_shown(world: Telling) -> None:
    world.mail.fault = "recipient"
    world.control.reports.add(ID, world.plan(), 0.0)
    world.turn()
    (one,) = world.told()
    assert (one.state, one.attempts) == ("waiting", 1)
    assert one.error == "the mail server refuses the recipient: 550 nobody of that name"
    world.mail.fault = ""
    world.pass_(seconds=60)
    world.turn()
    (one,) = world.told()
    assert (one.state, one.attempts, one.repeated) == ("sent", 2, False)


def test_a_mail_that_may_have_arrived_is_repeated_once_under_the_same_name_and_says_so(
    world: Telling,
) -> None:
    world.mail.fault = "break"
    world.control.reports.add(ID, world.plan(), 0.0)
    world.turn()
    world.pass_(seconds=60)
    world.turn()
    world.pass_(days=0.5)
    world.turn()
    first, second = world.mail.letters()
    assert first["message-id"] == second["message-id"]
    assert "This may be a repetition" not in text_of(world, 0)
    assert "This may be a repetition" in text_of(world, 1)
    (one,) = world.told()
    assert one.state == "given_up"


def test_a_process_that_dies_between_sending_and_noting_repeats_once(world: Telling) -> None:
    world.control.reports.add(ID, world.plan(), 0.0)
    world.turn()
    (one,) = world.told()
    world.control.outbox.take(one)  # as if the process had died right after the mail was handed over
    world.restart()
    world.turn()
    world.pass_(seconds=60)
    world.turn()
    world.pass_(hours=12)
    world.turn()
    assert len(world.mail.accepted) == 2
    assert "This may be a repetition" in text_of(world, 1)


def test_one_that_is_asked_for_comes_at_once_and_beside_the_regular_ones(world: Telling) -> None:
    made = world.control.reports.add(ID, world.plan(on=False), world.now.timestamp())
    world.control.reports.ask(ID, made.report_id, world.now.timestamp())
    world.turn()
    world.turn()
    assert world.mail.recipients() == [ANN]
    world.control.reports.ask(ID, made.report_id, world.now.timestamp() + 5)
    world.turn()
    assert world.mail.recipients() == [ANN, ANN]


def test_a_report_about_a_segment_that_is_gone_is_never_one_about_everybody(world: Telling) -> None:
    world.control.reports.add(ID, world.plan(segment="gone"), 0.0)
    world.turn()
    assert world.mail.accepted == []
    assert world.told()[0].error == "the segment of the report is no more"


def test_a_report_about_a_list_counts_nobody_else(world: Telling) -> None:
    made = world.control.segments.add(ID, "Carl", "static", "", 0.0)
    world.control.segments.put(made.segment_id, ["carl"])
    world.control.reports.add(ID, world.plan("weekly", segment=made.segment_id), 0.0)
    world.turn()
    assert "Revenue: €80.00" in text_of(world)  # of the week of 9 to 15 March
    assert "Only visitors of the segment Carl" in text_of(world)


def test_a_removed_report_and_a_removed_recipient_get_nothing_more(world: Telling) -> None:
    world.mail.fault = "recipient"
    plan = world.plan(channel=Channel(recipients=(ANN, "bob@kettles.example")))
    made = world.control.reports.add(ID, plan, 0.0)
    world.turn()
    world.mail.fault = ""
    world.control.reports.change(ID, made.report_id, world.plan(), 0.0)
    world.pass_(seconds=60)
    world.turn()
    assert world.mail.recipients() == [ANN]
    assert {one.target: one.state for one in world.told()} == {
        ANN: "sent",
        "bob@kettles.example": "given_up",
    }


def test_without_a_mail_server_the_reason_says_what_to_set(world: Telling) -> None:
    world.settings = Settings(data=world.settings.data)
    world.control.reports.add(ID, world.plan(), 0.0)
    world.turn()
    assert "whoever runs the installation sets smtp_host and smtp_from" in world.told()[0].error


def test_a_password_comes_from_its_file(world: Telling, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hush\n")
    found = server_of(replace(world.settings, smtp_user="r46", smtp_password_file=file))
    assert (found.user, found.password) == ("r46", "hush")
    assert "hush" not in repr(found)


def test_a_report_of_another_shop_cannot_be_changed_removed_or_asked_for(world: Telling) -> None:
    made = world.control.reports.add(ID, world.plan(), 0.0)
    reports = world.control.reports
    with pytest.raises(OperatorError, match="no such report"):
        reports.change("lamps", made.report_id, world.plan(), 0.0)
    with pytest.raises(OperatorError, match="no such report"):
        reports.remove("lamps", made.report_id)
    with pytest.raises(OperatorError, match="no such report"):
        reports.ask("lamps", made.report_id, 0.0)
