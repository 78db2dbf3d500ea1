"""A real mail server on this machine, which can be told to misbehave."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Inbox:
    """`refuse`: answer to RCPT or DATA for an address that contains the key, such as {"nobody": "550 no"}. `drop`: the
    connection is cut after a message to such an address was taken, before the answer."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.times: list[float] = []
        self.refuse: dict[str, str] = {}
        self.drop: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        for part, answer in self.refuse.items():
            if part in address:
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.times.append(time.monotonic())
        if any(part in to for part in self.drop for to in envelope.rcpt_tos):
            server.transport.abort()
        return "250 taken"

    def to(self, address: str) -> list[Message]:
        return [one for one in self.mails if one["To"] == address]


@contextmanager
def mail_server() -> Iterator[tuple[Inbox, int]]:
    """The inbox and the port."""
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield inbox, port
    finally:
        server.stop()


def text_of(mail: Message) -> str:
    return str(mail.get_content())  # type: ignore[attr-defined]
