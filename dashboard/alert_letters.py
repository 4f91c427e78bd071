"""An alarm that begins or ends, as a letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from collector.control.alerts import Alert
from collector.wire import Shop
from dashboard import export, format, translated
from dashboard.alarms import CHECK, DESTINATION
from dashboard.letters import Content, Told, told
from dashboard.texts import Texts, load

Turn = Literal["began", "ended"]
SHARES: Final = ("value", "alarm")
COUNTS: Final = ("orders", "hours", "minutes")


def letter(shop: Shop, alert: Alert, turn: Turn, *, language: str, origin: str, repeated: bool) -> Told:
    """What is sent when it begins, and when it ends."""
    words = load(language)
    facts = alert.began if turn == "began" else alert.ended or {}
    with format.speaking(language):
        what = named(alert, words)
        link = f"{origin}{page(alert.kind, shop)}"
        content = Content(
            language=language,
            subject=words(f"mail.alert_{turn}", shop=shop.name or shop.shop_id, what=what),
            heading=words(f"mail.alert_heading_{turn}", what=what),
            about=(
                shop.name or shop.shop_id,
                _when(alert, turn, shop, words),
                said(alert.kind, turn, facts, words),
            ),
            notes=[words("mail.repeated")] if repeated else [],
            link=link,
            foot=words("mail.foot", version=export.DEFINITIONS),
        )
    return told(content, _data(shop, alert, turn, link, repeated))


def named(alert: Alert, words: Texts) -> str:
    """What is wrong, in a few words."""
    kind = alert.kind
    if kind.startswith(DESTINATION):
        return words("mail.alert_destination", name=alert.began["name"])
    if kind.startswith(CHECK):
        return words("mail.alert_check", name=words.get(f"checks.{kind.removeprefix(CHECK)}", kind))
    return words(f"mail.alert_{kind}")


def said(kind: str, turn: Turn, facts: Mapping[str, Any], words: Texts) -> str:
    """What was found, as a sentence."""
    if not facts:
        return words("mail.alert_unknown_ended")
    if kind.startswith(DESTINATION):
        why = _why(facts["code"], words) if turn == "began" else ""
        return words(f"mail.alert_destination_{turn}", name=facts["name"], why=why)
    told_facts = {name: _worded(name, value) for name, value in facts.items()}
    return words(f"mail.alert_{'check' if kind.startswith(CHECK) else kind}_{turn}", **told_facts)


def _why(code: str, words: Texts) -> str:
    """What a reason means and what to do; one of another version, which may be unknown here, by its code."""
    try:
        found = translated.reason(code, words)
    except LookupError:
        return code
    return f"{found.explanation} {found.mend}"


def _worded(name: str, value: Any) -> str:
    if name in SHARES:
        return format.percent(value)
    return format.count(value) if name in COUNTS else format.number(value, 1)


def page(kind: str, shop: Shop) -> str:
    """The page where it is looked into."""
    if kind.startswith(CHECK):
        return f"/quality?shop={shop.shop_id}&tab=checks&code={kind.removeprefix(CHECK)}"
    if kind.startswith(DESTINATION):
        return f"/destinations?shop={shop.shop_id}&tab=health&code={kind.removeprefix(DESTINATION)}"
    return f"/live?shop={shop.shop_id}"


def _when(alert: Alert, turn: Turn, shop: Shop, words: Texts) -> str:
    began = _moment(alert.began_at, shop)
    if turn == "began":
        return words("mail.alert_at_began", moment=began)
    return words("mail.alert_at_ended", began=began, moment=_moment(alert.ended_at or alert.began_at, shop))


def _moment(seconds: float, shop: Shop) -> str:
    return format.moment(datetime.fromtimestamp(seconds, UTC), ZoneInfo(shop.timezone))


def _data(shop: Shop, alert: Alert, turn: Turn, link: str, repeated: bool) -> Mapping[str, Any]:
    return {
        "type": "alert",
        "alert_id": alert.alert_id,
        "shop": shop.shop_id,
        "kind": alert.kind,
        "state": turn,
        "began_at": datetime.fromtimestamp(alert.began_at, UTC),
        "ended_at": datetime.fromtimestamp(alert.ended_at, UTC) if alert.ended_at else None,
        "facts": alert.began if turn == "began" else alert.ended,
        "repeated": repeated,
        "link": link,
    }
