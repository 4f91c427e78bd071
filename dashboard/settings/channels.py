"""The fields of a form that say where something is sent, and the secret that a webhook is signed with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from collector.control.channels import MOST_RECIPIENTS, Channel, channel_of
from dashboard.desk import Once
from dashboard.forms import Form
from dashboard.page import Column, Row
from dashboard.scope import Scope
from dashboard.texts import languages

WORDS: Final = "settings_reports"
DELIVERED: Final = (
    Column(name="about", title=f"{WORDS}.about", sortable=False),
    Column(name="target", title=f"{WORDS}.target", sortable=False),
    Column(name="state_text", title=f"{WORDS}.state", sortable=False),
    Column(name="at", kind="time", title=f"{WORDS}.at", sortable=False),
    Column(name="attempts", kind="count", title=f"{WORDS}.attempts", sortable=False),
    Column(name="error", title=f"{WORDS}.error", sortable=False),
)


def asked(recipients: str, webhook: str) -> Mapping[str, Any]:
    """What the fields hold, from the columns of a table. The secret of a webhook is not told again."""
    return {"recipients": recipients.replace(", ", "\n"), "webhook": webhook, "most": MOST_RECIPIENTS}


def typed(form: Form, old: Channel) -> Channel:
    """The channel that was typed. An address of its own gets a secret of its own. Raises OperatorError."""
    same = form.get("webhook") == old.webhook and not form.get("new_secret")
    recipients = re.split(r"[\s,;]+", form.get("recipients"))
    return channel_of(recipients, form.get("webhook"), old.secret if same else "")


def told(channel: Channel, old: Channel, there: str) -> str | Once:
    """Where to go on to, unless there is a new secret to show."""
    return Once(f"{WORDS}.secret_made", channel.secret) if channel.secret not in ("", old.secret) else there


def tongues(chosen: str, scope: Scope) -> list[tuple[str, str, bool]]:
    """Languages of letters: the code, the name, whether it is chosen."""
    return [(one, scope.words(f"{WORDS}.language_{one}"), one == chosen) for one in languages()]


def delivered(row: Row, about: str, scope: Scope) -> Row:
    """A delivery for people."""
    state = "repeated" if row["state"] == "sent" and row["repeated"] else row["state"]
    target = scope.words(f"{WORDS}.webhook") if row["target"] == "webhook" else row["target"]
    return {
        **row,
        "about": about,
        "target": target,
        "state_text": scope.words(f"{WORDS}.state_{state}"),
        "at": row["ended_at"] or row["next_at"] or row["put_at"],
        "error": row["error"] or "–",
    }
