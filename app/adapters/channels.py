"""Ways out for messages: a file each in a folder, and a webhook signed after Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)."""

import base64
import binascii
import contextlib
import hashlib
import hmac
import http.client
import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from app.domain.address import is_loopback
from app.domain.errors import Misconfigured
from app.domain.outbox import Message
from app.ports.outside import Undelivered

DEADLINE_S = 10.0  # of the whole request
GONE = 410  # the receiver wants no more of this
SECRET_MARK = "whsec_"  # noqa: S105  says that one follows
LEAST_SECRET = 24  # bytes, by the specification


@dataclass(frozen=True, slots=True)
class FolderChannel:
    """`<folder>/<message id>.json`, complete from the moment it is there; sent again it is the same file."""

    folder: Path

    def __call__(self, message: Message) -> None:
        try:
            write_whole(self.folder / f"{message.id}.json", message.payload.encode())
        except OSError as error:
            raise Undelivered("The folder of the outbox cannot be written.") from error


def write_whole(place: Path, content: bytes) -> None:
    """Complete from the moment it is there, in a folder that is made where it is missing; OSError leaves nothing."""
    begun = place.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with begun.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        begun.replace(place)
    except OSError:
        with contextlib.suppress(OSError):
            begun.unlink()
        raise


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """`secrets`: each signs, so that a receiver can change from one to the next."""

    url: SplitResult
    secrets: Sequence[bytes] = field(repr=False)

    @classmethod
    def stated(cls, url: str, secrets: str) -> "WebhookChannel":
        """Misconfigured for an address without TLS beyond this machine, one that holds a password, or a weak secret."""
        found = urlsplit(url)
        if found.scheme not in ("https", "http") or not found.hostname:
            raise Misconfigured("The webhook's address is no http(s) address.", remedy="Set ICRM_WEBHOOK_URL.")
        if found.username or found.password:
            raise Misconfigured("The webhook's address holds a password.", remedy="Leave it out: each post is signed.")
        if found.scheme == "http" and not is_loopback(found.hostname):
            raise Misconfigured("The webhook's address is not encrypted.", remedy="Use https beyond this machine.")
        if not secrets.strip():
            raise Misconfigured("The webhook has no secret to sign with.", remedy="Set ICRM_WEBHOOK_SECRET.")
        return cls(found, tuple(secret_of(one) for one in secrets.split()))

    def __call__(self, message: Message) -> None:
        timestamp, body = str(int(time.time())), message.payload.encode()
        signed = f"{message.id}.{timestamp}.".encode() + body
        headers = {
            "content-type": "application/json",
            "user-agent": "icrm",
            "webhook-id": message.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(f"v1,{signature(one, signed)}" for one in self.secrets),
        }
        try:
            status = self._post(body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(f"The webhook's receiver did not answer within {DEADLINE_S:.0f} s.") from error
        if not 200 <= status < 300:  # a redirect is no delivery: the address is the operator's choice
            raise Undelivered(f"The webhook's receiver answered {status}.", final=status == GONE)

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        secure = self.url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self.url.hostname or "", self.url.port, timeout=DEADLINE_S)
        late = threading.Timer(DEADLINE_S, _cut, (connection,))  # a socket's timeout begins anew with each byte
        late.start()
        try:
            path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        finally:
            late.cancel()
            connection.close()


def signature(secret: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def _cut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with contextlib.suppress(OSError):  # it has ended by itself
            connection.sock.shutdown(socket.SHUT_RDWR)


def secret_of(stated: str) -> bytes:
    """Of `whsec_` and base64; Misconfigured for a weak one."""
    try:
        found = base64.b64decode(stated.removeprefix(SECRET_MARK), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not stated.startswith(SECRET_MARK) or len(found) < LEAST_SECRET:
        raise Misconfigured(
            "A webhook's secret is whsec_ and at least 24 bytes in base64.",
            remedy="Make one: echo whsec_$(openssl rand -base64 32)",
        )
    return found
