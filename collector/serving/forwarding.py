"""Forwarding of a running engine: the forwarder over its log, and who is in which segment."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from collector.control import Control
from collector.errors import OperatorError
from collector.event import Event
from collector.forwarder.figures import Figures
from collector.forwarder.service import Around, Forwarder
from collector.forwarder.wishes import Segment
from collector.log.reader import SegmentReader
from collector.serving.chores import Chore
from collector.serving.engine import Engine
from collector.serving.sending import sender_of
from collector.settings import Settings
from collector.store import Reader
from dashboard.segments.known import Known, known

MEMBERS_SECONDS: Final = 600.0
_log = logging.getLogger(__name__)


class Membership:
    """Who is in the segments that destinations are limited to: asked when one is set up, then every ten minutes."""

    def __init__(self, reader: Reader, control: Control, clock: Callable[[], datetime]) -> None:
        self._reader = reader
        self._control = control
        self._clock = clock
        self._known: dict[tuple[str, str], Known] = {}

    def of(self, shop_id: str, name: str) -> Segment:
        """The test for a segment; it follows what is asked later. Raises OperatorError."""
        self._known[shop_id, name] = self._ask(shop_id, name)

        def has(event: Event) -> bool:
            return self._known[shop_id, name].has(event)

        return has

    def turn(self) -> bool:
        """Ask again for every one that is in use; what cannot be told stays as it was."""
        used = {
            (one.shop_id, str(one.options.get("segment", ""))) for one in self._control.destinations.all()
        }
        for key in used & set(self._known):
            try:
                self._known[key] = self._ask(*key)
            except OperatorError as error:
                _log.warning("a segment of a destination stays as it was: %s", error)
        return False

    def _ask(self, shop_id: str, name: str) -> Known:
        return known(self._reader, self._control, shop_id, name, self._clock())


class Forwarding:
    """The forwarder in a thread of its own. `figures` are what its requests came to."""

    def __init__(self, settings: Settings, engine: Engine, control: Control, figures: Figures) -> None:
        reader = engine.store.reader()
        self._membership = Membership(reader, control, engine.clock)
        self._stop = threading.Event()
        around = Around(
            data=settings.data,
            set_up=control.destinations,
            shop=control.find,
            log=lambda: SegmentReader(settings.log_dir),
            sender=lambda: sender_of(settings, control),
            clock=lambda: engine.clock().timestamp(),
            random=random.SystemRandom().random,
            figures=figures,
            segments=self._membership.of,
            mark=control.installation_id(),
            segment_bytes=settings.segment_bytes,
        )
        self._forwarder = Forwarder(around)
        self._thread = threading.Thread(
            target=self._forwarder.run, args=(self._stop,), name="r46-forwarder", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """What is in flight has some moments to be answered."""
        self._stop.set()
        self._thread.join(timeout=5)

    @property
    def chore(self) -> Chore:
        """What keeps segments fresh."""
        return Chore(name="membership", every_s=MEMBERS_SECONDS, work=self._membership.turn)
