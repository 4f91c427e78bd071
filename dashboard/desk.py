"""What a page may ask and change beside the store: control data, ledgers, connections; and what a form gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from collector.control.alerts import Alerts
from collector.control.annotations import Annotations
from collector.control.audit import Audit
from collector.control.destinations import Destinations, Stored
from collector.control.funnels import SavedFunnels
from collector.control.outbox import Outbox
from collector.control.presets import Presets
from collector.control.queries import SavedQueries
from collector.control.rates import Rates
from collector.control.reconciliations import Reconciliations
from collector.control.reports import Reports
from collector.control.segments import Segments
from collector.control.sessions import Sessions
from collector.control.shares import Shares
from collector.control.thresholds import Thresholds
from collector.control.users import Users
from collector.control.vendor_exports import VendorExports
from collector.destinations.contract import Judgement
from collector.errors import OperatorError
from collector.forwarder.reading import Reading
from collector.store import Reader
from collector.wire import Key, Shop


class ControlView(Protocol):
    """What the dashboard needs to know of shops and sign-in. Safe to call from any thread."""

    def add(self, shop: Shop) -> None:
        """Store a new shop; raises OperatorError if its id is taken."""

    def change(self, shop_id: str, settings: Mapping[str, Any]) -> Shop:
        """The shop with these settings changed; raises OperatorError where there is none of that id."""

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """Keys in force of that vendor with that public value or hash."""

    def keys_of(self, shop_id: str) -> Sequence[Key]:
        """All keys of a shop at vendors, oldest first, revoked ones too."""

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

    def revoke_key(self, key_id: str, now: float) -> Key:
        """Take a key out of force; raises OperatorError where none in force has that id."""

    def shops(self) -> Sequence[Shop]:
        """Every shop, in the order in which they should be offered."""

    def redeem_link(self, token: str, now: float) -> bool:
        """True once for a valid sign-in token at `now` (epoch seconds), False for any other text."""

    @property
    def users(self) -> Users:
        """People, their roles and passwords."""

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""

    @property
    def shares(self) -> Shares:
        """Shared links."""

    @property
    def audit(self) -> Audit:
        """Who changed what."""

    @property
    def annotations(self) -> Annotations:
        """Notes on days of shops."""

    @property
    def thresholds(self) -> Thresholds:
        """From which value on checks warn and alarm."""

    @property
    def reconciliations(self) -> Reconciliations:
        """Comparisons with shops' own exports of orders."""

    @property
    def vendor_exports(self) -> VendorExports:
        """What vendors say of orders and of what they claim."""

    @property
    def presets(self) -> Presets:
        """The presets of attribution that shops saved themselves."""

    @property
    def funnels(self) -> SavedFunnels:
        """Funnels saved under a name."""

    @property
    def queries(self) -> SavedQueries:
        """Questions in SQL, saved and asked."""

    @property
    def segments(self) -> Segments:
        """Saved segments, their lists and their sizes."""

    @property
    def reports(self) -> Reports:
        """Reports that shops want regularly."""

    @property
    def alerts(self) -> Alerts:
        """What shops are watched for, and the alarms there were."""

    @property
    def outbox(self) -> Outbox:
        """What is told outside, and whether it arrived."""

    @property
    def destinations(self) -> Destinations:
        """Where events are sent on to."""

    @property
    def rates(self) -> Rates:
        """What other currencies are worth in those of the shops."""


Tester = Callable[[Stored], Judgement]
"""Asks a destination whether it would take our events. Raises OperatorError."""


def no_tester(_stored: Stored) -> Judgement:
    """For who reaches nothing outside."""
    raise OperatorError("destinations cannot be tested from here")


Ledgers = Callable[[str], Reading]
"""The ledger of a destination, by its id."""


def no_ledgers(destination_id: str) -> Reading:
    """For who keeps none: every ledger is empty."""
    return Reading(Path(f"/dev/null/{destination_id}"))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a form may change, and what it may ask."""

    control: ControlView
    reader: Reader
    tested: Tester = no_tester
    ledgers: Ledgers = no_ledgers


@dataclass(frozen=True, slots=True)
class Once:
    """A secret that a form made: told once, on the page that answers it, and in no address.

    `key` is the text key of the sentence above it. A `link` is a path of this site, told as an address.
    """

    key: str
    secret: str
    link: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a form found out: a sentence on the page that answers it. `name` and `value` fill the text `key`."""

    key: str
    name: str = ""
    value: str = ""
