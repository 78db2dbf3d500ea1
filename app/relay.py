"""Delivers the messages of the outbox: each to every channel, at least once, under one id.

A message is claimed with a lease and a fence, as a job is; what is longest due goes first, so that no order is
promised. A relay that is killed after a receiver took the message and before that was written sends it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.adapters.channels import FolderChannel, WebhookChannel
from app.domain.outbox import Message, MessageState, delivered, in_vain, sent
from app.jobs import RUNNER
from app.polling import Poller
from app.ports.outside import Channel, Clock, Undelivered
from app.ports.store import Store
from app.settings import Settings
from app.usecases.audit import AnchorAudit

log = structlog.get_logger("icrm.relay")

LEASE = timedelta(seconds=60)  # six times the longest that a channel takes
KEPT = timedelta(days=30)  # a delivered message can be looked up for so long
FORGET_EVERY = timedelta(hours=1)
FORGOTTEN_AT_ONCE = 1_000


def channels_of(settings: Settings) -> Mapping[str, Channel]:
    """By name; Misconfigured."""
    found: dict[str, Channel] = {}
    if settings.outbox_folder is not None:
        found["folder"] = FolderChannel(settings.outbox_folder)
    if settings.webhook_url is not None:
        secret = "" if settings.webhook_secret is None else settings.webhook_secret.get_secret_value()
        found["webhook"] = WebhookChannel.stated(settings.webhook_url, secret)
    return found


@dataclass(frozen=True, slots=True)
class Relayed:
    sent: int = 0
    in_vain: int = 0
    held: int = 0


class Relay:
    def __init__(self, store: Store, channels: Mapping[str, Channel], clock: Clock) -> None:
        """`clock` of the store, so that relays on machines whose clocks differ agree on a lease."""
        self.store = store
        self.channels = channels
        self.clock = clock
        self._forgot_at: datetime | None = None
        self.poller = Poller("relay", self.run_once)

    def run_once(self) -> Relayed:
        """Everything that is due now, new seals of the audit log among it; forgets what was delivered long ago. Without
        a channel nothing is due."""
        counts = dict.fromkeys(MessageState, 0)
        if self.channels:
            AnchorAudit(self.store, self.clock)(RUNNER)
        while self.channels and not self.poller.stopped.is_set():
            now = self.clock()
            one = self.store.write(RUNNER, lambda tx, now=now: tx.outbox.claim(now=now, lease_until=now + LEASE))  # type: ignore[misc]
            if one is None:
                break
            final = self._deliver(one)
            kept = self.store.write(RUNNER, lambda tx, final=final: tx.outbox.report(final), patient=True)  # type: ignore[misc]
            counts[final.state] += kept
            log.info("message.tried", message=one.id, topic=one.topic, state=final.state, problem=final.problem)
        self._forget()
        return Relayed(*(counts[state] for state in (MessageState.SENT, MessageState.WAITING, MessageState.HELD)))

    def _forget(self) -> None:
        """Once in a while: it looks at every message that was delivered."""
        now = self.clock()
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            self.store.write(RUNNER, lambda tx: tx.outbox.forget_sent(now - KEPT, limit=FORGOTTEN_AT_ONCE))
            self._forgot_at = now

    def _deliver(self, one: Message) -> Message:
        """To the channels that do not have it yet; the first problem decides when it is tried again."""
        problem: Undelivered | None = None
        for name in sorted(self.channels.keys() - set(one.reached)):
            try:
                self.channels[name](one)
            except Undelivered as error:
                problem = problem or error
            else:
                one = delivered(one, name)
        if problem is None:
            return sent(one, self.clock())
        return in_vain(one, self.clock(), problem.reason, final=problem.final)
