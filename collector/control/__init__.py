"""Control data: shops, destinations and sign-in links, in SQLite beside the log.

Several processes read it at once; a change made by one is seen by the others within
`REFRESH_SECONDS`, and at once where a shop is asked for that was not known.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from collector.control import keys
from collector.control.alerts import Alerts
from collector.control.annotations import Annotations
from collector.control.around import known_of, vault_of
from collector.control.audit import Audit
from collector.control.destinations import Destinations
from collector.control.funnels import SavedFunnels
from collector.control.installation import Installation
from collector.control.keys import KeyRing
from collector.control.outbox import Outbox
from collector.control.presets import Presets
from collector.control.queries import SavedQueries
from collector.control.rates import Rates
from collector.control.reconciliations import Reconciliations
from collector.control.reports import Reports
from collector.control.sealing import Sealing
from collector.control.segments import Segments
from collector.control.sessions import Sessions
from collector.control.shares import Shares
from collector.control.tables import metadata
from collector.control.thresholds import Thresholds
from collector.control.users import Users
from collector.control.vendor_exports import VendorExports
from collector.errors import OperatorError
from collector.settings import Settings
from collector.wire import Key, Shop

REFRESH_SECONDS = 0.5
LINK_SECONDS = 24 * 3600

_shop = msgspec.json.Decoder(Shop)
_shops = sa.Table(
    "shops",
    metadata,
    sa.Column("shop_id", sa.Text, primary_key=True),
    sa.Column("settings", sa.Text, nullable=False),
)
_links = sa.Table(
    "links",
    metadata,
    sa.Column("token_sha256", sa.Text, primary_key=True),
    sa.Column("issued_at", sa.Float, nullable=False),
)


class Control:
    """The shops of one data folder, cached, and the sign-in links of its dashboard.

    Without `settings` they are the usual ones, with a key for secrets beside `path`.
    """

    def __init__(
        self,
        path: Path,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        settings: Settings | None = None,
    ) -> None:
        around = settings or Settings(data=path.parent)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
        sa.event.listen(self._engine, "connect", _prepare)
        metadata.create_all(self._engine)
        path.chmod(0o600)
        self._watch = self._engine.connect()  # its data_version tells of other writers
        self._monotonic = monotonic
        self._checked = -REFRESH_SECONDS
        self._version = -1
        self._cache: dict[str, Shop] = {}
        self._ring = KeyRing(())
        self.thresholds = Thresholds(self._engine)
        self.reconciliations = Reconciliations(self._engine)
        self.vendor_exports = VendorExports(self._engine)
        self.funnels = SavedFunnels(self._engine)
        self.queries = SavedQueries(self._engine)
        self.rates = Rates(self._engine, self._currency_of)
        self.segments = Segments(self._engine)
        self.annotations = Annotations(self._engine)
        self.users = Users(self._engine)
        self.sessions = Sessions(self._engine)
        self.shares = Shares(self._engine)
        self.audit = Audit(self._engine)
        self.outbox = Outbox(self._engine)
        self.sealing = Sealing(self._engine, vault_of(around))
        self.reports = Reports(self._engine, self.sealing)
        self.alerts = Alerts(self._engine, self.outbox, self.sealing)
        self.installation = Installation(self._engine)
        known = known_of(around, self.installation, self.find, self.segments)
        self.destinations = Destinations(self._engine, self.sealing, known)
        self.presets = Presets(self._engine, lambda shop_id: self.find(shop_id) is not None)

    def find(self, shop_id: str) -> Shop | None:
        """The shop of that id. An unknown id looks again before it is called unknown."""
        now = self._monotonic()
        if now - self._checked >= REFRESH_SECONDS or shop_id not in self._cache:
            self._refresh(now)
        return self._cache.get(shop_id)

    def _currency_of(self, shop_id: str) -> str | None:
        return next((shop.currency for shop in self.shops() if shop.shop_id == shop_id), None)

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """Keys in force of that vendor with that public value or hash; none found looks again."""
        now = self._monotonic()
        found = self._ring.find(vendor, name, value)
        if now - self._checked >= REFRESH_SECONDS or not found:
            self._refresh(now)
            found = self._ring.find(vendor, name, value)
        return found

    def keys_of(self, shop_id: str) -> Sequence[Key]:
        """All keys of a shop, oldest first, revoked ones too."""
        with self._engine.connect() as connection:
            return keys.listed(connection, shop_id)

    def add_key(
        self,
        shop_id: str,
        vendor: str,
        *,
        public: Mapping[str, str],
        hashes: Mapping[str, str],
        kept: Mapping[str, str],
        now: float,
    ) -> Key:
        """Store a key; raises OperatorError for an unknown shop or another shop's public values."""
        if self.find(shop_id) is None:
            raise OperatorError(f"there is no shop with the id {shop_id!r}")
        with self._engine.begin() as connection:
            added = keys.add(
                connection,
                shop_id=shop_id,
                vendor=vendor,
                public=public,
                hashes=hashes,
                kept=kept,
                now=now,
            )
        self._forget()
        return added

    def revoke_key(self, key_id: str, now: float) -> Key:
        """Take a key out of force; raises OperatorError where none in force has that id."""
        with self._engine.begin() as connection:
            revoked = keys.revoke(connection, key_id, now)
        self._forget()
        return revoked

    def shops(self) -> Sequence[Shop]:
        """All shops by name."""
        self._refresh(self._monotonic())
        return sorted(self._cache.values(), key=lambda shop: (shop.name.casefold(), shop.shop_id))

    def add(self, shop: Shop) -> None:
        """Store a new shop; raises OperatorError if its id is taken."""
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    _shops.insert().values(shop_id=shop.shop_id, settings=msgspec.json.encode(shop).decode())
                )
        except sa.exc.IntegrityError as error:
            raise OperatorError(f"there is already a shop with the id {shop.shop_id!r}") from error

    def change(self, shop_id: str, settings: Mapping[str, Any]) -> Shop:
        """The shop with these settings changed; raises OperatorError where there is none of that id."""
        with self._engine.begin() as connection:
            mine = _shops.c.shop_id == shop_id
            stored = connection.execute(sa.select(_shops.c.settings).where(mine)).scalar_one_or_none()
            if stored is None:
                raise OperatorError(f"there is no shop with the id {shop_id!r}")
            changed = replace(_shop.decode(stored), **settings)
            written = msgspec.json.encode(changed).decode()
            connection.execute(_shops.update().where(mine).values(settings=written))
        self._forget()
        return changed

    def issue_link(self, now: float) -> str:
        """A token that signs in once, within a day of `now` (epoch seconds)."""
        token = secrets.token_urlsafe(24)
        with self._engine.begin() as connection:
            connection.execute(_links.delete().where(_links.c.issued_at < now - LINK_SECONDS))
            connection.execute(_links.insert().values(token_sha256=sha256(token), issued_at=now))
        return token

    def redeem_link(self, token: str, now: float) -> bool:
        """Whether the token was good; it is not good again."""
        fresh = _links.c.issued_at >= now - LINK_SECONDS
        with self._engine.begin() as connection:
            found = connection.execute(_links.delete().where(_links.c.token_sha256 == sha256(token), fresh))
        return found.rowcount == 1

    def installation_id(self) -> str:
        """What this installation is called by what it sends; no secret."""
        return self.installation.id()

    def close(self) -> None:
        self._watch.close()
        self._engine.dispose()

    def _forget(self) -> None:
        """This process changed something itself: it looks again before it answers."""
        self._checked, self._version = float("-inf"), -1

    def _refresh(self, now: float) -> None:
        self._checked = now
        version = self._watch.exec_driver_sql("pragma data_version").scalar_one()
        self._watch.rollback()
        if version == self._version:
            return
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_shops.c.settings)).scalars().all()
            self._ring = keys.in_force(connection)
        self._cache = {shop.shop_id: shop for shop in map(_shop.decode, rows)}
        self._version = version


def opened(settings: Settings) -> Control:
    """The control data of a data folder, with the key, the addresses and the rules that the operator set."""
    return Control(settings.control_file, settings=settings)


def sha256(secret: str) -> str:
    """Hex digest under which a secret is stored; it is only ever compared."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = full")
    cursor.close()
