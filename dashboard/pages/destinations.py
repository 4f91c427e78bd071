"""Does what the shop sends on arrive, and what becomes of what does not?"""

from __future__ import annotations

from typing import Final

from dashboard.destinations import acts, health, letters, losses
from dashboard.page import Page, Panel
from dashboard.shadow import uploads
from dashboard.shadow import view as shadow

ALL, HEALTH, LOSSES, LETTERS = "all", "health", "losses", "letters"
SHADOW: Final = uploads.TAB
TABS: Final = (ALL, HEALTH, LOSSES, LETTERS, SHADOW)

PAGE = Page(
    slug="destinations",
    order=92,
    segments=False,
    money=False,
    tabs=TABS,
    tab_roles={LETTERS: "analyst"},
    panels=(
        Panel(name="list", queries=(health.LIST,), view=health.listed, tabs=(ALL,)),
        Panel(
            name="now",
            queries=(health.NOW, health.CHOICE, health.ASKED),
            view=health.now,
            tabs=(HEALTH,),
            cards=6,
        ),
        Panel(name="days", queries=(health.DAYS,), view=health.days, draw=health.draw, tabs=(HEALTH,)),
        Panel(name="reasons", queries=(health.REASONS,), view=health.reasons, tabs=(HEALTH,)),
        Panel(name="losses", queries=(losses.LOSSES, health.CHOICE), view=losses.losses, tabs=(LOSSES,)),
        Panel(
            name="letters",
            queries=(letters.LETTERS, letters.KINDS, health.CHOICE),
            view=letters.letters,
            tabs=(LETTERS,),
        ),
        Panel(
            name="letter",
            queries=(letters.LETTER, letters.EVENT, letters.REQUEST),
            view=letters.letter,
            tabs=(LETTERS,),
        ),
        Panel(
            name="shadow",
            queries=(shadow.CLAIMS, shadow.CHOICE),
            view=shadow.claims,
            draw=shadow.draw,
            tabs=(SHADOW,),
            cards=6,
        ),
        Panel(name="shadow_delivery", queries=(shadow.DELIVERY,), view=shadow.delivered, tabs=(SHADOW,)),
        Panel(
            name="shadow_orders",
            queries=(shadow.ORDERS, shadow.CLAIMS),
            view=shadow.orders,
            tabs=(SHADOW,),
        ),
        Panel(
            name="shadow_exports",
            queries=(uploads.EXPORTS, shadow.CHOICE),
            view=uploads.exports,
            tabs=(SHADOW,),
        ),
    ),
    acts={
        "pause": acts.pause,
        "resume": acts.resume,
        "test": acts.test,
        "replay": acts.replay,
        "resend": acts.resend,
        "shadow_upload": uploads.upload,
        "shadow_undo": uploads.undo,
    },
)
