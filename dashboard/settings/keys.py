"""What lets a shop's requests in: its own secret, and its keys in vendors' protocols. A secret is shown once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from collector.control import credentials, sha256
from collector.control.credentials import FORMS
from collector.errors import OperatorError
from dashboard import format
from dashboard.desk import Desk, Once
from dashboard.forms import Form
from dashboard.page import Column, Grid, Panel, Row, Tables
from dashboard.scope import Scope
from dashboard.settings import Tab, noted

KEYS: Final = "control/keys"
WORDS: Final = "settings_keys"
OWN: Final = "rees46"
MAKE: Final = "make_"
"""How the box of a part is called that asks for a new value of it."""
MOVES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    OWN: (("https://cdn.rees46.com/v3.js", "/v3.js"), ("https://api.rees46.com/", "/")),
    "retailrocket": (
        ("https://apptracking.retailrocket.net/1.0/", "/1.0/"),
        ("https://tracking.retailrocket.net/1.0/", "/1.0/"),
    ),
    "yespo": (("https://yespo.io/api/", "/api/"), ("https://tracker.yespo.io/", "/")),
    "intempt": (("https://api.intempt.com/v1/", "/v1/"),),
    "exponea": (("https://api.exponea.com/", "/"),),
}
"""What a site calls at a vendor, and the path of it here."""
GRID: Final = (
    Column(name="vendor", title=f"{WORDS}.vendor", words="vendors", sortable=False),
    Column(name="public", title=f"{WORDS}.public", sortable=False),
    Column(name="secrets", kind="code", title=f"{WORDS}.secrets", sortable=False),
    Column(name="created_at", kind="time", title=f"{WORDS}.created_at", sortable=False),
    Column(name="state", title=f"{WORDS}.state", sortable=False),
)


def own(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Whether the shop's own server has a secret."""
    return {"has": bool(scope.shop.secret_sha256), "action": scope.here()}


def listed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """All keys; those in force can be revoked."""
    rows = [
        {**row, "id": "" if row["revoked_at"] else row["key_id"], "state": _state(row, scope)}
        for row in tables[KEYS].rows
    ]
    grid = Grid(columns=GRID, rows=rows, empty=f"{WORDS}.none")
    return {"grid": grid, "action": scope.here()}


def _state(row: Row, scope: Scope) -> str:
    if row["revoked_at"] is None:
        return scope.words(f"{WORDS}.in_force")
    return scope.words(f"{WORDS}.revoked", moment=format.moment(row["revoked_at"], scope.zone))


def offered(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A form for each vendor, and what to change on the site."""
    return {"vendors": [_vendor(vendor, scope) for vendor in FORMS], "action": scope.here()}


def _vendor(vendor: str, scope: Scope) -> Row:
    form = FORMS[vendor]
    alone = {name for needed in form.needs if len(needed) == 1 for name in needed}
    return {
        "vendor": vendor,
        "moves": moves(vendor, scope),
        "parts": [
            {
                "name": name,
                "secret": name not in form.public,
                "made": name in form.hashed or vendor == "feeds",
                "needed": name in alone and name in form.public and vendor != "feeds",
            }
            for name in form.parts
        ],
    }


def moves(vendor: str, scope: Scope) -> list[tuple[str, str]]:
    """What stands on the site and what it becomes."""
    return [(there, scope.origin + path) for there, path in MOVES.get(vendor, ())]


def moved(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Every vendor with what to change on the site."""
    return {"vendors": [{"vendor": vendor, "moves": moves(vendor, scope)} for vendor in MOVES]}


def add(desk: Desk, scope: Scope, form: Form) -> str | Once:
    """A key of what was typed; what was to be made is shown once. Raises OperatorError."""
    vendor = form.get("vendor")
    if vendor not in FORMS:
        raise OperatorError("there is no such vendor")
    made = {name: credentials.made(vendor, name) for name in FORMS[vendor].parts if form.get(MAKE + name)}
    typed = {name: form.get(name) or None for name in FORMS[vendor].parts}
    parts = credentials.checked(vendor, {**typed, **made})
    credentials.complete(vendor, parts)
    now = scope.now.timestamp()
    key = desk.control.add_key(scope.shop.shop_id, vendor, **credentials.stored(vendor, parts), now=now)
    noted(desk, scope, "key_added", f"{vendor} {key.key_id}")
    if made:
        told = "\n".join(made.values()) if len(made) == 1 else "\n".join(map(" ".join, made.items()))
        return Once(f"{WORDS}.made", told)
    return scope.here() + "#keys_listed"


def revoke(desk: Desk, scope: Scope, form: Form) -> str:
    """Take a key of this very shop out of force; raises OperatorError where there is none."""
    known = {key.key_id for key in desk.control.keys_of(scope.shop.shop_id)}
    if form.get("id") not in known:
        raise OperatorError("the shop has no such key")
    key = desk.control.revoke_key(form.get("id"), scope.now.timestamp())
    noted(desk, scope, "key_revoked", f"{key.vendor} {key.key_id}")
    return scope.here() + "#keys_listed"


def secret(desk: Desk, scope: Scope, form: Form) -> str | Once:
    """A new secret for the shop's own server in place of the former one, or none any more."""
    made = "" if form.get("remove") else secrets.token_urlsafe(24)
    desk.control.change(scope.shop.shop_id, {"secret_sha256": sha256(made) if made else ""})
    noted(desk, scope, "secret_made" if made else "secret_removed")
    return Once(f"{WORDS}.made", made) if made else scope.here()


TAB: Final = Tab(
    name="keys",
    order=20,
    role="owner",
    panels=(
        Panel(name="keys_own", queries=(), view=own, title=f"{WORDS}.own"),
        Panel(name="keys_listed", queries=(KEYS,), view=listed, title=f"{WORDS}.listed"),
        Panel(name="keys_add", queries=(), view=offered, title=f"{WORDS}.add"),
        Panel(name="keys_moved", queries=(), view=moved, title=f"{WORDS}.moved"),
    ),
    acts={"keys_add": add, "keys_revoke": revoke, "keys_secret": secret},
)
