"""Links that show some pages of the shop to whoever has them: read only, perhaps one segment alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.control.passwords import Refused
from dashboard.control_tables.shares import SHARES
from dashboard.desk import Desk, Once
from dashboard.forms import Form
from dashboard.page import Page, Panel, Tables, load_pages
from dashboard.refusal import in_words
from dashboard.scope import Scope
from dashboard.settings import Tab, noted

WORDS: Final = "settings_sharing"
DAYS: Final = (7, 30, 90, 365)
USUAL_DAYS: Final = 30


def links(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The links with what they show, in words."""
    titles = {page.slug: scope.words(_title(page)) for page in offered()}
    rows = []
    for row in tables[SHARES].rows:
        slugs = [slug for slug in (row["pages"] or "").split(", ") if slug]
        told = [] if set(slugs) >= set(titles) else [titles.get(slug, slug) for slug in slugs]
        rows.append({**row, "shows": ", ".join(told)})
    return {"rows": rows, "action": scope.here()}


def making(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {
        "action": scope.here(),
        "pages": [
            {"slug": page.slug, "title": _title(page), "segments": page.segments} for page in offered()
        ],
        "segments": scope.segments,
        "days": DAYS,
        "usual": USUAL_DAYS,
    }


def offered() -> tuple[Page, ...]:
    """The pages that may be shared."""
    return tuple(page for page in load_pages() if page.shared)


def make(desk: Desk, scope: Scope, form: Form) -> Once:
    """A link, whose address is shown once. Raises OperatorError for a segment or a page that is none."""
    with in_words(scope.words):
        segment, pages = form.get("segment"), _pages(form)
        if segment and segment not in {one.segment_id for one in scope.segments}:
            raise Refused("segment_none", "there is no such segment")
        if segment and not any(page.segments for page in offered() if page.slug in pages):
            raise Refused("pages_segment", "none of these pages can be seen through a segment")
        share, token = desk.control.shares.add(
            scope.shop.shop_id,
            label=form.get("label"),
            days=_days(form.get("days")),
            by=scope.access.who,
            now=scope.now.timestamp(),
            segment_id=segment,
            pages=pages,
        )
    noted(desk, scope, "share_made", share.label)
    return Once(f"{WORDS}.made", f"/share/{token}", link=True)


def revoke(desk: Desk, scope: Scope, form: Form) -> str:
    """Let a link open nothing any more, and end what it opened."""
    with in_words(scope.words):
        revoked = desk.control.shares.revoke(scope.shop.shop_id, form.get("share_id"), scope.now.timestamp())
        if revoked is None:
            raise Refused("share_none", "there is no such link in force")
    desk.control.sessions.end_share(revoked.share_id)
    noted(desk, scope, "share_revoked", revoked.label)
    return scope.here()


def _pages(form: Form) -> tuple[str, ...]:
    """The pages that were ticked."""
    ticked = tuple(page.slug for page in offered() if form.get(f"page_{page.slug}"))
    if not ticked:
        raise Refused("pages_none", "a link shows one page at least")
    return ticked


def _days(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _title(page: Page) -> str:
    return page.title or f"{page.slug}.title"


TAB: Final = Tab(
    name="sharing",
    order=65,
    role="analyst",
    panels=(
        Panel(name="sharing_links", queries=(SHARES,), view=links, title=f"{WORDS}.links"),
        Panel(name="sharing_new", queries=(), view=making, title=f"{WORDS}.new"),
    ),
    acts={"sharing_make": make, "sharing_revoke": revoke},
)
