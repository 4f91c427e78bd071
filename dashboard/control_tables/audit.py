"""Who changed what in the shop, newest first."""

from __future__ import annotations

from typing import Final

from dashboard.control_tables import question
from dashboard.control_tables.users import at
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope

AUDIT: Final = "control/audit"


def _audit(control: ControlView, scope: Scope) -> list[Row]:
    everything = scope.access.everywhere == "owner"
    return [
        {
            "at": at(one.at),
            "who": one.who or None,
            "what": one.what,
            "about": one.about or None,
            "shop_id": one.shop_id or None,
        }
        for one in control.audit.of(scope.shop.shop_id, installation=everything)
    ]


QUESTIONS = (
    question(
        "audit",
        "Changes",
        "at:timestamp who:varchar what:varchar about:varchar shop_id:varchar",
        "The last 200 changes of this shop and who made them; nobody is the operator, who came by a one-time link. "
        "Who owns all shops also sees sign-ins and what belongs to no shop.",
        _audit,
    ),
)
