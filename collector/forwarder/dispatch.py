"""What leaves next, and what an answer does to it. Neither waits nor sends: time, chance and answers are given.

Rules: docs/wire/canonical.md, "Forwarder: common rules".
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from collector.destinations.contract import Answer, Judgement, Limits, Sent
from collector.forwarder.condition import Standing
from collector.forwarder.ledger import Ledger
from collector.forwarder.outcomes import Fate, Outcomes
from collector.forwarder.pace import Breaker, Budget, Random, Rate, jittered
from collector.forwarder.packing import Packet, Part, Setup, packed
from collector.forwarder.preparing import stale_code
from collector.forwarder.waiting import Lanes, Waiting

MISCONFIGURED_S: Final = 15 * 60.0
"""So long names or certificates may be wrong before that is called a wrong set-up."""
SCAN: Final = 500
"""Rows of a lane that are looked at for company of the first."""
NEAR: Final = 20
LEAST_SECRET: Final = 4
_log = logging.getLogger(__name__)


class Dispatch:
    """The sending half of one destination."""

    def __init__(
        self, ledger: Ledger, lanes: Lanes, outcomes: Outcomes, standing: Standing, random: Random
    ) -> None:
        self._ledger = ledger
        self._lanes = lanes
        self._outcomes = outcomes
        self._standing = standing
        self._random = random
        self._breaker = Breaker()
        self._rate = Rate(0.0)
        self._budget = Budget(1.0)
        self._packet = 0
        self._in_flight: set[int] = set()
        self._wrong_since: float | None = None
        self._limits = Limits()

    def set_up(self, setup: Setup) -> None:
        """New settings are obeyed from the next request on."""
        self._setup = setup
        self._limits = setup.limits
        self._rate = Rate(float(setup.policy.rate or self._limits.rate), self._rate.free_at)
        self._budget = Budget(float(setup.policy.retry_budget))

    def again(self) -> None:
        """Somebody mended it: no waiting for the breaker."""
        self._breaker.mended()
        self._wrong_since = None

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    def next(self, now: float) -> Packet | None:
        """What may leave now, noted as in flight; None where nothing may."""
        if self._standing.paused or now < self._rate.free_at:
            return None
        if not self._breaker.allows(now, self.in_flight):
            return None
        for lane, rows, due_at, tries in self._lanes.heads():
            ready = due_at <= now or (not tries and rows >= self._limits.commands)
            if not ready or (tries and self._budget.free_at(now) > now):
                continue
            packet = self._packed(lane, now)
            if packet is not None:
                self._leave(packet, now, again=bool(tries))
                return packet
        return None

    def due(self, now: float) -> float:
        """When to ask for the next packet at the latest, if nothing else happens."""
        heads = self._lanes.heads()
        if not heads or self._standing.paused:
            return now + 3600.0
        first = min(
            max(due_at, self._budget.free_at(now) if tries else 0.0)
            if tries or rows < self._limits.commands
            else now
            for _, rows, due_at, tries in heads
        )
        return max(first, self._rate.free_at, self._breaker.until)

    def answered(self, packet: Packet, answer: Answer | None, now: float) -> Judgement:
        """Give every row of the packet its fate, or its next try. No answer: the request could not be made."""
        judgement = self._judged(packet, answer)
        self._in_flight.discard(packet.number)
        with self._ledger.transaction():
            self._decide(packet, answer, judgement, now)
        return judgement

    def abandon(self, packet: Packet, now: float) -> None:
        """It was cut off while it was sent, because we are ending: it may have arrived."""
        self._in_flight.discard(packet.number)
        with self._ledger.transaction():
            self._lanes.free(packet.rows, due_at=now, maybe=True)

    def _judged(self, packet: Packet, answer: Answer | None) -> Judgement:
        tries = max((row.tries for row in packet.rows), default=0)
        if answer is None:
            return Judgement(verdict="split", text="the request could not be made", code="r_broken")
        try:
            judged = self._setup.kind.judge(Sent(commands=packet.commands, tries=tries), answer)
            return _silent(judged, tuple(self._setup.secrets.values()))
        except Exception:
            _log.exception("an answer could not be judged; the request is tried again")
            return Judgement(verdict="retry", text="the answer could not be understood")

    def _decide(self, packet: Packet, answer: Answer | None, judgement: Judgement, now: float) -> None:
        verdict = judgement.verdict
        if verdict == "delivered":
            self._worked(now)
            self._delivered(packet, judgement.refused, judgement, now)
        elif verdict in ("auth", "config"):
            self._lanes.free(packet.rows, due_at=now, maybe=False)
            self._standing.pause("r_auth" if verdict == "auth" else "r_config", judgement.text, now)
        elif verdict == "retry":
            self._retry(packet, answer or Answer(), judgement, now)
        elif len(packet.parts) > 1:
            self._worked(now)
            half = max(1, len(packet.parts) // 2)
            self._lanes.free(packet.rows, due_at=now, most=half, maybe=False)
        else:
            self._worked(now)
            every = dict.fromkeys(range(len(packet.commands)), judgement.text or "refused")
            self._delivered(packet, every, judgement, now)

    def _delivered(
        self, packet: Packet, complaints: Mapping[int, str], judgement: Judgement, now: float
    ) -> None:
        at = 0
        for part in packet.parts:
            mine = {
                part.first + place: complaints[at + place]
                for place in range(len(part.commands))
                if at + place in complaints
            }
            at += len(part.commands)
            self._told(part, {**part.row.complaints, **mine}, judgement, now)

    def _told(self, part: Part, complaints: dict[int, str], judgement: Judgement, now: float) -> None:
        row, done = part.row, part.first + len(part.commands)
        if done < len(row.commands):
            self._lanes.told(row, done, complaints, now)
            return
        if complaints:
            code = (judgement.code if judgement.verdict != "delivered" else "") or "r_rejected"
            told = "; ".join(dict.fromkeys(complaints.values()))
            fate = Fate(state="failed", code=code, told=told, tries=row.tries, maybe=row.maybe)
        else:
            fate = Fate(
                state="delivered_with_loss" if row.losses else "delivered",
                losses=row.losses,
                tries=row.tries,
                maybe=row.maybe,
            )
        self._end(row, fate, now)

    def _retry(self, packet: Packet, answer: Answer, judgement: Judgement, now: float) -> None:
        self._breaker.failed(now, self._random)
        tries = max(row.tries for row in packet.rows) + 1
        due_at = now + max(jittered(tries, self._random), judgement.wait_s)
        unclear = answer.sent and (not answer.status or 200 <= answer.status < 300)
        self._lanes.free(packet.rows, due_at=due_at, tries=1, most=len(packet.parts), maybe=unclear)
        if judgement.wait_s:
            self._breaker.hold(now + judgement.wait_s)
        if answer.fault not in ("dns", "tls"):
            self._wrong_since = None
        elif self._wrong_since is None:
            self._wrong_since = now
        elif now - self._wrong_since > MISCONFIGURED_S:
            self._standing.pause("r_config", judgement.text, now)
            return
        if self._breaker.until > now:
            self._standing.wait(judgement.text, now, self._breaker.until)

    def _worked(self, now: float) -> None:
        self._breaker.worked()
        self._wrong_since = None
        self._standing.run(now)
        self._ledger.keep("delivered_at", str(now))

    def _packed(self, lane: int, now: float) -> Packet | None:
        """What of a lane may share a request; more rows are looked at where the first do not fill one."""
        commands = self._limits.commands
        rows = self._alive(lane, commands + NEAR, now)
        if not rows:
            return None
        self._packet += 1
        made = packed(self._packet, rows, self._setup)
        if len(made.commands) < commands and commands + NEAR <= len(rows) < SCAN and not rows[0].most:
            made = packed(self._packet, self._alive(lane, SCAN, now), self._setup)
        return made

    def _alive(self, lane: int, limit: int, now: float) -> list[Waiting]:
        """The first rows of a lane; those whose time has passed end here."""
        rows = []
        with self._ledger.transaction():
            for row in self._lanes.lane(lane, limit):
                if row.left(now):
                    rows.append(row)
                else:
                    self._too_late(row, now)
        return rows

    def _leave(self, packet: Packet, now: float, *, again: bool) -> None:
        with self._ledger.transaction():
            self._lanes.take(packet.rows, packet.number)
        self._in_flight.add(packet.number)
        self._rate.take(now)
        if again:
            self._budget.take(now)

    def _too_late(self, row: Waiting, now: float) -> None:
        stale = row.stale_at is not None and now > row.stale_at
        fate = Fate(
            state="undeliverable" if stale and not row.told else "expired",
            code=stale_code(self._setup.kind) if stale and not row.told else "x_expired",
            tries=row.tries,
            maybe=row.maybe,
        )
        self._end(row, fate, now)

    def _end(self, row: Waiting, fate: Fate, now: float) -> None:
        self._lanes.remove(row)
        self._outcomes.note(row.sources, fate, now)


def _silent(judgement: Judgement, secrets: Sequence[str]) -> Judgement:
    """The judgement without the secrets that a vendor may have echoed."""

    def hidden(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "…") if len(secret) >= LEAST_SECRET else text
        return text

    refused = {place: hidden(text) for place, text in judgement.refused.items()}
    return replace(judgement, text=hidden(judgement.text), refused=refused)
