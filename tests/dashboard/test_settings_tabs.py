"""The tabs of Settings: what a form says is kept, what it cannot say is refused, secrets are told once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.control import Control, sha256
from collector.control.alerts import Watch
from collector.control.channels import Channel
from collector.control.presets import preset_of
from collector.control.rates import rate_of
from collector.control.reports import Report
from collector.control.sealing import report_secret
from collector.control.thresholds import Threshold
from collector.options import OPTIONS
from collector.wire import Shop
from dashboard.settings.shop import GROUPS
from dashboard.texts import load
from tests.dashboard.shop_world import HOSTILE, OTHER, SHOP, Answer, Client, app_over, event, week

ID = SHOP.shop_id


class Settings:
    """Somebody who owns everything, in front of the settings of a shop on disk."""

    def __init__(self, control: Control, db: duckdb.DuckDBPyConnection) -> None:
        self.control = control
        self.client = Client(app_over(db, control=control))  # type: ignore[arg-type]
        self.client.post("/signin", {"token": control.issue_link(1773829800.0)})

    def shown(self, tab: str) -> str:
        answer = self.client.get(f"/settings?shop={ID}&tab={tab}")
        assert answer.status == 200
        assert 'class="missing"' not in answer.text
        return answer.text

    def sent(self, tab: str, act: str, **fields: str) -> Answer:
        return self.client.post(f"/settings?shop={ID}&tab={tab}", {"act": act, **fields})

    def shop(self) -> Shop:
        return next(shop for shop in self.control.shops() if shop.shop_id == ID)

    def rows(self, tab: str, table: str) -> list[dict[str, Any]]:
        tables = self.client.get(f"/settings.json?shop={ID}&tab={tab}").json()["tables"]
        rows: list[dict[str, Any]] = tables[table]["rows"]
        return rows


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    found = week()
    for number in (40, 41):
        event(
            found,
            number,
            "03-18 09:00",
            event="custom",
            custom_name="erasure_request",
            vendor_event="customers/anonymize",
            vendor="exponea",
            email="eve@x.example",
        )
    return found


@pytest.fixture
def settings(tmp_path: Path, db: duckdb.DuckDBPyConnection) -> Iterator[Settings]:
    control = Control(tmp_path / "control.sqlite")
    control.add(SHOP)
    control.add(OTHER)
    yield Settings(control, db)
    control.close()


def test_every_setting_and_option_has_its_words_in_both_languages() -> None:
    for language in ("en", "ru"):
        words = load(language).within("settings_shop")
        for group, names in GROUPS.items():
            for name in names:
                keys = [f"option_{name.partition('.')[2]}"] if group == "vendors" else [name, f"{name}_hint"]
                assert [key for key in keys if key not in words] == []


BASIC = {
    "group": "basic",
    "name": "Kettles & Tea",
    "currency": "chf",
    "timezone": "Europe/Zurich",
    "active": "1",
}
COUNTING = {
    "group": "counting",
    "session_gap_s": "1800",
    "cancelled_statuses": "void\nvoid\n back ",
    "known_tools": "",
    "now_window_min": "5",
}


def test_a_group_of_settings_is_kept_and_no_other_is_touched(settings: Settings) -> None:
    settings.control.change(ID, {"strict": True, "known_tools": ("ours",)})
    assert settings.sent("shop", "shop_save", **BASIC).headers["location"].endswith("#shop_basic")
    found = settings.shop()
    assert (found.name, found.currency, found.timezone) == ("Kettles & Tea", "CHF", "Europe/Zurich")
    assert (found.strict, found.known_tools, found.pageviews) == (True, ("ours",), True)
    settings.sent("shop", "shop_save", **COUNTING)
    found = settings.shop()
    assert (found.session_gap_s, found.cancelled_statuses, found.known_tools) == (1800, ("void", "back"), ())


def test_a_switch_that_is_not_ticked_is_off(settings: Settings) -> None:
    people = {"group": "people", "gpc": "deny", "consent_off": "anonymous", "url_identity": "1"}
    settings.sent("shop", "shop_save", **people)
    found = settings.shop()
    assert (found.gpc, found.consent_off, found.url_identity) == ("deny", "anonymous", True)
    assert (found.first_party_cookie, found.external_did) == (False, False)


def test_options_are_kept_where_they_differ_and_strange_ones_stay(settings: Settings) -> None:
    settings.control.change(ID, {"options": {"other.thing": "1"}})
    form = {name: one.default for name, one in OPTIONS.items()} | {"retailrocket.rate": "7"}
    settings.sent("shop", "shop_save", group="vendors", **form)
    assert settings.shop().options == {"other.thing": "1", "retailrocket.rate": "7"}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**BASIC, "currency": "money"}, "is no currency"),
        ({**BASIC, "name": ""}, "a shop's name has 1 to 80"),
        ({**COUNTING, "session_gap_s": "soon"}, "is no session_gap_s"),
        ({"group": "taking", "origins": "nowhere"}, "is no origin"),
        ({"group": "vendors"}, "is no value of feeds.rate"),
        ({"group": "secret"}, "no such group"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    settings: Settings, form: Mapping[str, str], said: str
) -> None:
    answer = settings.sent("shop", "shop_save", **form)
    assert answer.status == 400
    assert said in unescape(answer.text)
    assert settings.shop() == SHOP


def test_the_tag_to_paste_is_that_of_the_shop(settings: Settings) -> None:
    assert 'src="http://dash.example/v3.js"' in unescape(settings.shown("shop"))
    assert f"r46('init',\"{ID}\")" in unescape(settings.shown("shop"))


def secrets_in(text: str) -> list[str]:
    """What stands in the part that is told once."""
    part = re.search(r'<section class="once".*?</section>', text, re.S)
    return re.findall(r"<code>(.*?)</code>", part[0], re.S) if part else []


def test_the_shops_secret_is_shown_once_and_can_be_taken_away(settings: Settings) -> None:
    answer = settings.sent("keys", "keys_secret")
    (secret,) = secrets_in(answer.text)
    assert settings.shop().secret_sha256 == sha256(secret)
    assert secret not in settings.shown("keys")
    assert sha256(secret) not in settings.shown("keys")
    assert settings.sent("keys", "keys_secret", remove="1").status == 303
    assert settings.shop().secret_sha256 == ""


def test_a_key_that_is_typed_opens_and_is_listed_without_its_secret(settings: Settings) -> None:
    typed = {"vendor": "retailrocket", "partner_id": "p-1", "api_key": "hush-hush"}
    assert settings.sent("keys", "keys_add", **typed).status == 303
    assert [key.shop_id for key in settings.control.keys("retailrocket", "api_key", sha256("hush-hush"))] == [
        ID
    ]
    (row,) = settings.rows("keys", "control/keys")
    assert (row["vendor"], row["public"], row["secrets"]) == ("retailrocket", "partner_id p-1", "api_key")
    assert "hush-hush" not in settings.shown("keys")


def test_a_key_that_is_made_is_shown_once_in_the_vendors_form(settings: Settings) -> None:
    typed = {"vendor": "intempt", "org": "o", "project": "p", "make_api_key": "1"}
    (secret,) = secrets_in(settings.sent("keys", "keys_add", **typed).text)
    assert re.fullmatch(r"[0-9a-f]{12}\.[0-9a-f]{40}", secret)
    assert [key.shop_id for key in settings.control.keys("intempt", "api_key", sha256(secret))] == [ID]


def test_a_revoked_key_opens_nothing_and_another_shops_cannot_be_revoked(settings: Settings) -> None:
    made = {
        shop: settings.control.add_key(shop, "feeds", public={"feed_key": shop}, hashes={}, kept={}, now=1.0)
        for shop in (ID, OTHER.shop_id)
    }
    assert settings.sent("keys", "keys_revoke", id=made[OTHER.shop_id].key_id).status == 400
    assert settings.sent("keys", "keys_revoke", id=made[ID].key_id).status == 303
    assert settings.control.keys("feeds", "feed_key", ID) == ()
    assert len(settings.control.keys("feeds", "feed_key", OTHER.shop_id)) == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"vendor": "nobody"}, "no such vendor"),
        ({"vendor": "retailrocket", "api_key": "x"}, "needs --partner-id"),
        ({"vendor": "feeds", "feed_key": "x" * 401}, "longer than 400"),
    ],
)
def test_a_key_that_cannot_be_is_refused(settings: Settings, form: Mapping[str, str], said: str) -> None:
    answer = settings.sent("keys", "keys_add", **form)
    assert (answer.status, said in unescape(answer.text)) == (400, True)
    assert settings.control.keys_of(ID) == []


def test_requests_to_erase_are_listed_once_each(settings: Settings) -> None:
    (row,) = settings.rows("privacy", "settings/erasures")
    assert (row["requests"], row["vendor"], row["email"]) == (2, "exponea", "eve@x.example")
    assert f"r46 erasure list --shop {ID}" in settings.shown("privacy")


def test_what_is_saved_is_listed_and_can_be_removed(settings: Settings) -> None:
    control = settings.control
    control.presets.save(
        ID,
        preset_of(
            {
                "name": "Ours",
                "window": "24h",
                "unit": "line",
                "kinds": "click",
                "winner": "first",
                "match": "item",
                "value": "net",
                "reset": "none",
            }
        ),
    )
    segment = control.segments.add(ID, HOSTILE, "static", "", 1.0)
    control.thresholds.set(ID, "late", Threshold(warn=0.01, alarm=None))
    control.rates.put(ID, [rate_of("2026-03-01", "USD", "0.92")])
    text = settings.shown("saved")
    assert "preset=own%3AOurs&amp;model=first" in text
    assert HOSTILE not in text
    assert "0.92" in text
    for act, thing in (
        ("saved_remove_preset", "Ours"),
        ("saved_remove_segment", segment.segment_id),
        ("saved_clear_threshold", "late"),
        ("saved_remove_rate", "USD 2026-03-01"),
    ):
        assert settings.sent("saved", act, id=thing).status == 303
    assert (control.presets.of(ID), control.segments.of(ID), control.rates.of(ID)) == ([], [], [])
    assert control.thresholds.of(ID) == {}


def test_nothing_of_another_shop_is_removed(settings: Settings) -> None:
    segment = settings.control.segments.add(OTHER.shop_id, "Theirs", "static", "", 1.0)
    assert settings.sent("saved", "saved_remove_segment", id=segment.segment_id).status == 400
    assert [one.name for one in settings.control.segments.of(OTHER.shop_id)] == ["Theirs"]


def test_rates_are_told_one_by_one(settings: Settings) -> None:
    assert (
        settings.sent("saved", "saved_tell_rates", day="2026-03-02", currency="usd", rate="0,95").status
        == 303
    )
    assert (
        settings.sent("saved", "saved_tell_rates", day="2026-03-02", currency="usd", rate="x").status == 400
    )
    (rate,) = settings.control.rates.of(ID)
    assert (rate.currency, f"{rate.rate:f}") == ("USD", "0.95")


def test_the_dictionary_defines_every_figure_and_can_be_linked_to(settings: Settings) -> None:
    rows = settings.rows("about", "control/dictionary")
    assert all(row["define"] for row in rows)
    totals = next(row for row in rows if row["name"] == "overview/totals")
    text = settings.shown("about")
    assert 'id="define-overview-overview-totals"' in text
    assert totals["define"] in unescape(text)
    licences = {row["package"]: row["licence"] for row in settings.rows("about", "control/licences")}
    assert licences["r46-collector"] == "MIT"


REPORT = {
    "name": "Monday",
    "kind": "weekly",
    "hour": "9",
    "part_overview": "1",
    "language": "ru",
    "recipients": "ann@kettles.example, bob@kettles.example",
    "webhook": "",
}


def test_a_report_is_set_up_off_and_switched_on(settings: Settings) -> None:
    assert settings.sent("reports", "reports_save", **REPORT).status == 303
    (made,) = settings.control.reports.of(ID)
    assert (made.plan.on, made.plan.kind, made.plan.hour, made.plan.parts) == (
        False,
        "weekly",
        9,
        ("overview",),
    )
    assert made.plan.channel == Channel(recipients=("ann@kettles.example", "bob@kettles.example"))
    settings.sent("reports", "reports_save", **REPORT, id=made.report_id, on="1")
    (row,) = settings.rows("reports", "control/reports")
    assert (row["on"], row["next_at"]) == (True, "2026-03-23T08:00:00")
    assert "ann@kettles.example" in settings.shown("reports")


def opened(settings: Settings, report: Report) -> Channel:
    return settings.control.sealing.opened(report.plan.channel, report_secret(report.report_id))


def test_a_webhooks_secret_is_shown_when_it_is_made_and_not_again(settings: Settings) -> None:
    hook = {**REPORT, "recipients": "", "webhook": "https://hooks.example/r46"}
    (secret,) = secrets_in(settings.sent("reports", "reports_save", **hook).text)
    (made,) = settings.control.reports.of(ID)
    assert opened(settings, made) == Channel(webhook="https://hooks.example/r46", secret=secret)
    assert opened(settings, made).secret != made.plan.channel.secret
    again = settings.sent("reports", "reports_save", **hook, id=made.report_id)
    assert (again.status, secrets_in(again.text)) == (303, [])
    assert secret not in settings.shown("reports")
    (newer,) = secrets_in(
        settings.sent("reports", "reports_save", **hook, id=made.report_id, new_secret="1").text
    )
    assert opened(settings, settings.control.reports.of(ID)[0]).secret == newer != secret


def test_a_report_that_is_asked_for_waits_for_whoever_sends(settings: Settings) -> None:
    settings.sent("reports", "reports_save", **REPORT)
    (made,) = settings.control.reports.of(ID)
    assert settings.sent("reports", "reports_send", id=made.report_id).status == 303
    assert settings.control.reports.of(ID)[0].asked_at is not None
    assert settings.sent("reports", "reports_remove", id=made.report_id).status == 303
    assert settings.control.reports.of(ID) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hour": "24"}, "an hour is from 0 to 23"),
        ({"kind": "yearly"}, "daily, weekly or monthly"),
        ({"part_overview": ""}, "at least one part"),
        ({"segment": "theirs"}, "no such segment"),
        ({"recipients": "ann"}, "is no address of mail"),
        ({"webhook": "http//x"}, "is no webhook"),
        ({"recipients": "", "on": "1"}, "needs a recipient or a webhook"),
        ({"id": "nobody"}, "no such report"),
    ],
)
def test_a_report_that_cannot_be_is_refused(settings: Settings, wrong: Mapping[str, str], said: str) -> None:
    answer = settings.sent("reports", "reports_save", **{**REPORT, **wrong})
    assert (answer.status, said in unescape(answer.text)) == (400, True)
    assert settings.control.reports.of(ID) == []


def test_alerts_are_off_until_they_are_ticked(settings: Settings) -> None:
    assert settings.control.alerts.watch(ID) == Watch()
    form = {"purchases": "1", "silence_min": "30", "language": "ru", "recipients": "ann@kettles.example"}
    assert settings.sent("alerts", "alerts_save", **form).status == 303
    assert settings.control.alerts.watch(ID) == Watch(
        purchases=True, silence_min=30, language="ru", channel=Channel(recipients=("ann@kettles.example",))
    )
    assert settings.sent("alerts", "alerts_save", **{**form, "recipients": ""}).status == 400
    assert settings.sent("alerts", "alerts_save", **{**form, "silence_min": "x"}).status == 400


def test_alarms_and_what_became_of_them_are_shown(settings: Settings) -> None:
    settings.control.alerts.set(
        ID, Watch(purchases=True, channel=Channel(recipients=("ann@kettles.example",)))
    )
    settings.control.alerts.begin(ID, "purchases", {"hours": 2, "orders": 0, "expected": 9.25}, 1773829800.0)
    text = unescape(settings.shown("alerts"))
    assert "0 orders in the last 2 h, where 9.3 were to be expected" in text
    assert "Alarm 1 began" in text
    (row,) = settings.rows("alerts", "control/alerts_told")
    assert (row["target"], row["state"]) == ("ann@kettles.example", "waiting")


def test_a_destination_that_stands_still_is_ticked_and_shown_in_words(settings: Settings) -> None:
    assert 'name="destinations" value="1" aria-describedby="watch-destinations-hint"' in settings.shown(
        "alerts"
    )
    form = {"destinations": "1", "silence_min": "60", "recipients": "ann@kettles.example"}
    assert settings.sent("alerts", "alerts_save", **form).status == 303
    channel = Channel(recipients=("ann@kettles.example",))
    assert settings.control.alerts.watch(ID) == Watch(destinations=True, channel=channel)
    found = {"name": HOSTILE, "code": "r_config"}
    settings.control.alerts.begin(ID, "destination:0a1b2c", found, 1773829800.0)
    settings.control.alerts.begin(ID, "destination:3d4e5f", {"name": "Push", "code": "r_later"}, 1773829801.0)
    text = settings.shown("alerts")
    assert 'name="destinations" value="1" checked' in text
    assert HOSTILE not in text
    rows = [(row["what"], row["said"]) for row in settings.rows("alerts", "control/alerts")]
    assert rows == [
        ("destination Push stands still", "Destination Push: r_later"),
        (
            f"destination {HOSTILE} stands still",
            f"Destination {HOSTILE}: The destination's address is wrong, or cannot be reached from here. Nothing "
            "is lost: everything waits. Check the address in the settings, test the connection, and resume.",
        ),
    ]


def test_changes_are_kept_in_the_history_without_their_secrets(settings: Settings) -> None:
    settings.sent("shop", "shop_save", **BASIC)
    (secret,) = secrets_in(settings.sent("keys", "keys_secret").text)
    settings.sent("reports", "reports_save", **REPORT)
    told = [(one.what, one.about) for one in settings.control.audit.of(ID)]
    assert told == [
        ("report_saved", "Monday"),
        ("secret_made", ""),
        ("shop_changed", "currency, name, timezone"),
    ]
    assert secret not in str(told)
