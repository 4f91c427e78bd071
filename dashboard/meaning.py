"""What an address means: the one place that turns it into a shop, a period and visitors, and refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from collector.wire import Shop
from dashboard import chips, filters
from dashboard.access import Access, Asker, Forbidden
from dashboard.answers import Sources
from dashboard.filters import Filters, Note
from dashboard.lens import Audience, intersect, set_apart
from dashboard.page import Page
from dashboard.permits import allow, tab_role
from dashboard.scope import Scope, scope_of
from dashboard.segments.saved import BUILDER, SavedSegments
from dashboard.texts import Texts


@dataclass(frozen=True, slots=True)
class Meaning:
    """Addresses read at one moment (`now`, aware UTC) in the words of one language."""

    sources: Sources
    now: datetime
    words: Texts

    def scope(self, page: Page, query: Mapping[str, str], asker: Asker, thing: str = "") -> Scope | None:
        """What an address means for whoever asks; None while there is no shop.

        Raises Forbidden where it may not be seen.
        """
        every = tuple(self.sources.control.shops())
        if not every:
            return None
        shops = asker.access.seen(every)
        if not shops:
            raise Forbidden("errors.no_access")
        presets = tuple(self.sources.control.presets.of(_shop(shops, query.get("shop", ""))[0].shop_id))
        chosen, notes = filters.parse(query, filters.winners_of(presets))
        shop, more = _shop(shops, chosen.shop)
        allow(page, asker.access, shop, thing)
        tabs = tuple(tab for tab in page.tabs if asker.access.may(shop.shop_id, tab_role(page, tab)))
        tab = chosen.tab if chosen.tab in tabs else next(iter(tabs), "")
        meant = _meant(page, chosen, shop, tab, usual=shops[0])
        segments = () if asker.access.segment else tuple(self.sources.control.segments.of(shop.shop_id))
        seen, told = self._chosen(page, shop, tab, meant)
        if chosen.only and not meant.only and tab != BUILDER:
            more = (*more, Note("filters.everybody_chips", "only", ""))
        found = scope_of(
            shop,
            meant,
            slug=page.slug,
            now=self.now,
            notes=notes + more + told,
            id=thing,
            shops=shops,
            tab=tab,
            tabs=tabs,
            kept=chosen,
            chosen=seen,
            apart=self._apart(page, shop, tab, meant, [one.segment_id for one in segments]),
            segments=segments,
            presets=presets,
            facts=page.facts(self.sources.control, shop, meant) if page.facts else {},
            access=asker.access,
            language=asker.language,
            origin=asker.origin,
            words=self.words,
        )
        kept = chips.audience(shop, meant.only, found.days, found.naive_now)
        noted = self.sources.control.annotations.of(shop.shop_id, found.days.first, found.last_day)
        audience = self._audience(shop, (seen, kept), asker.access)
        return replace(found, audience=audience, annotations=tuple(noted))

    def _chosen(
        self, page: Page, shop: Shop, tab: str, meant: Filters
    ) -> tuple[Audience | None, tuple[Note, ...]]:
        """The segment that the address asks for, and what to say where it is not seen."""
        if tab == BUILDER and meant.draft:
            return self._saved.draft(shop, meant.draft, self.now), ()
        if not meant.segment:
            return None, ()
        if not page.segments:
            return None, (Note("filters.everybody", "segment", meant.segment),)
        found = self._saved.audience(shop, meant.segment, self.now)
        return found, () if found else (Note("filters.unknown_segment", "segment", meant.segment),)

    def _audience(self, shop: Shop, chosen: Sequence[Audience | None], access: Access) -> Audience | None:
        """Whom the page is about: whom all that is chosen holds, and of them only those whom a shared link shows.

        Raises Forbidden where the segment of the link is no more: else it would show everybody.
        """
        known = [one for one in chosen if one]
        if not access.segment:
            return intersect(known)
        locked = self._saved.audience(shop, access.segment, self.now)
        if locked is None:
            raise Forbidden("errors.no_segment")
        return intersect([locked, *known])

    def _apart(
        self, page: Page, shop: Shop, tab: str, meant: Filters, known: Sequence[str]
    ) -> Audience | None:
        """The segment that this tab sets apart: the one named as `code`, else the first that may be chosen."""
        if not page.apart or tab != page.apart:
            return None
        wanted = meant.code if meant.code in known else next(iter(known), "")
        found = self._saved.audience(shop, wanted, self.now)
        return set_apart(found) if found else None

    @property
    def _saved(self) -> SavedSegments:
        return SavedSegments(self.sources.reader, self.sources.control.segments)


def _meant(page: Page, chosen: Filters, shop: Shop, tab: str, *, usual: Shop) -> Filters:
    """The filters as this page understands them; what is usual is not written into its links."""
    asked: dict[str, Any] = {"shop": "" if shop == usual else shop.shop_id}
    asked["tab"] = "" if tab == next(iter(page.tabs), "") else tab
    if not page.segments or tab == BUILDER:
        asked["only"] = ()
    if not page.compares or (chosen.only and "only" not in asked):
        asked["compare"] = "none"  # chips choose visitors by the days of the period alone
    if not page.period:
        asked |= {"period": "today", "compare": "previous", "since": None, "to": None}
    return filters.changed(chosen, **asked)


def _shop(shops: Sequence[Shop], chosen: str) -> tuple[Shop, tuple[Note, ...]]:
    """The shop asked for, else the first one and a note."""
    for shop in shops:
        if shop.shop_id == chosen:
            return shop, ()
    notes = (Note("filters.unknown_value", "shop", chosen[:80]),) if chosen else ()
    return shops[0], notes
