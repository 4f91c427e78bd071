"""`r46 share`: links that show some pages of a shop to whoever has them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from collector.cli_options import chosen_settings, data_option
from collector.cli_user import note, opened, where_of
from collector.errors import OperatorError


@click.group("share")
@data_option
def share() -> None:
    """Links that show some pages of a shop to whoever has them: read only, until they expire."""


@share.command("add")
@data_option
@click.argument("label")
@click.option("--shop", "shop_id", required=True)
@click.option(
    "--page", "pages", multiple=True, help="A page by its name in the address; it may repeat (default: all)."
)
@click.option("--segment", "segment_id", default="", help="Only visitors of this saved segment, by its id.")
@click.option("--days", type=int, default=30, show_default=True, help="How long it is good for.")
@click.option("--public-url", help="Where people reach the dashboard, where it is not http://HOST:PORT.")
def share_add(
    label: str, shop_id: str, pages: tuple[str, ...], segment_id: str, days: int, public_url: str | None
) -> None:
    """Make a link and print it; it is kept nowhere."""
    with opened() as control:
        _check_pages(pages)
        where = where_of(control, shop_id)
        if segment_id and segment_id not in {one.segment_id for one in control.segments.of(where)}:
            raise OperatorError(f"the shop has no segment with the id {segment_id!r}")
        made, token = control.shares.add(
            where, label=label, days=days, by="", now=time.time(), segment_id=segment_id, pages=pages
        )
        note(control, where, "share_made", made.label)
        click.echo(f"{chosen_settings(public_url=public_url).dashboard_origin}/share/{token}")


@share.command("list")
@data_option
@click.option("--shop", "shop_id", required=True)
def share_list(shop_id: str) -> None:
    """The links of a shop, newest first; not what opens them."""
    with opened() as control:
        for one in control.shares.of(where_of(control, shop_id)):
            state = "revoked" if one.revoked_at else "in force" if one.good(time.time()) else "expired"
            pages = ",".join(one.pages) or "all pages"
            until = f"until {_moment(one.expires_at)}"
            click.echo(
                "\t".join((one.share_id, one.label, pages, one.segment_id or "all visitors", until, state))
            )


@share.command("revoke")
@data_option
@click.argument("share_id")
@click.option("--shop", "shop_id", required=True)
def share_revoke(share_id: str, shop_id: str) -> None:
    """Let a link open nothing any more, at once."""
    with opened() as control:
        revoked = control.shares.revoke(where_of(control, shop_id), share_id, time.time())
        if revoked is None:
            raise OperatorError(f"the shop has no link {share_id!r} in force")
        control.sessions.end_share(share_id)
        note(control, shop_id, "share_revoked", revoked.label)
        click.echo(f"revoked {revoked.label}")


def _check_pages(pages: tuple[str, ...]) -> None:
    from dashboard.page import load_pages  # with the store's engine, so only where it is asked

    shared = [page.slug for page in load_pages() if page.shared]
    unknown = sorted(set(pages) - set(shared))
    if unknown:
        raise OperatorError(f"not to be shared: {', '.join(unknown)}. Pages that are: {', '.join(shared)}")


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
