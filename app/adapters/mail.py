"""Mail to parties: by SMTP, or as files while nothing is to leave."""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from app.adapters.channels import write_whole
from app.domain.contact import ContactMessage
from app.domain.errors import Misconfigured
from app.ports.outside import NotSure, Undelivered

CONNECT_S = 5.0
WHOLE_S = 10.0  # from the last look at consent to the receiver's answer (P5)
_TRY_LATER = 400
_FINAL = 500


@dataclass(frozen=True, slots=True)
class Envelope:
    """`sender`: address that mails come from. `host`: after the @ of their Message-Ids."""

    sender: str

    @property
    def host(self) -> str:
        return self.sender.rpartition("@")[2] or "localhost"

    def mail(self, message: ContactMessage) -> bytes:
        """As it is sent; Undelivered for an address or subject that no mail can have."""
        try:
            return self._mail(message).as_bytes(policy=SMTP)
        except (ValueError, UnicodeError) as error:
            raise Undelivered("Its address or subject is none that a mail can have.", final=True) from error

    def _mail(self, message: ContactMessage) -> EmailMessage:
        """The same Message-ID whenever the message is tried, so that a repeat is recognised. No part of a value can
        begin a header: the mail package refuses line breaks in them."""
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = message.address
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = f"<{message.id}@{self.host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["List-Unsubscribe"] = f"<mailto:{self.sender}?subject=STOP>"
        mail.set_content(message.body)
        return mail


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """`tls`: starttls, tls (from the first byte) or off (on this machine only)."""

    envelope: Envelope
    host: str
    port: int
    tls: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __call__(self, message: ContactMessage, before_data: Callable[[], bool]) -> bool:
        """Whether it was delivered; False where `before_data`, which is asked last, says no. Undelivered where it
        surely was not; NotSure where the receiver may have it."""
        mail = self.envelope.mail(message)
        with contextlib.closing(self._connected()) as server:
            self._named(server, message.address)
            if not before_data():
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.rset()
                return False
            self._data(server, mail)
            with contextlib.suppress(smtplib.SMTPException, OSError):  # it has the mail, whatever it says now
                server.quit()
        return True

    def _connected(self) -> smtplib.SMTP:
        try:
            if self.tls == "tls":
                context = ssl.create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=CONNECT_S, context=context)
            else:
                server = smtplib.SMTP(self.host, self.port, timeout=CONNECT_S)
            if self.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            if self.user is not None:
                server.login(self.user, self.password or "")
        except smtplib.SMTPAuthenticationError as error:
            raise Undelivered("The mail server refuses our user or password.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered("The mail server cannot be reached, or offers no TLS.") from error
        return server

    def _named(self, server: smtplib.SMTP, address: str) -> None:
        try:
            for code, _ in (server.mail(self.envelope.sender), server.rcpt(address)):
                _refuse(code, "The mail server refuses the address.")
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered("The mail server broke off before the message.") from error

    def _data(self, server: smtplib.SMTP, mail: bytes) -> None:
        """From the first byte on only an answer says whether the receiver has it."""
        if server.sock is not None:
            server.sock.settimeout(WHOLE_S)
        try:
            code, _ = server.data(mail)
        except smtplib.SMTPDataError as error:  # it was told to begin, and refused: nothing was taken
            _refuse(error.smtp_code, "The mail server refuses the message.")
            raise NotSure("The mail server gave an answer that is none.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSure("The mail server broke off inside the message: it may have it.") from error
        _refuse(code, "The mail server refuses the message.")


def _refuse(code: int, reason: str) -> None:
    if code >= _FINAL:
        raise Undelivered(reason, final=True)
    if code >= _TRY_LATER:
        raise Undelivered(f"{reason} It says to try later.")


@dataclass(frozen=True, slots=True)
class FolderSender:
    """`<folder>/<message id>.eml`: to look at what would go out."""

    envelope: Envelope
    folder: Path

    def __call__(self, message: ContactMessage, before_data: Callable[[], bool]) -> bool:
        mail = self.envelope.mail(message)
        if not before_data():
            return False
        try:
            write_whole(self.folder / f"{message.id}.eml", mail)
        except OSError as error:
            raise Undelivered("The folder of mails cannot be written.") from error
        return True


def check_smtp(host: str, tls: str) -> None:
    """Misconfigured where mail would leave this machine in clear."""
    if tls not in ("starttls", "tls", "off"):
        raise Misconfigured("ICRM_SMTP_TLS is starttls, tls or off.")
    try:
        is_here = all(one[4][0] in ("127.0.0.1", "::1") for one in socket.getaddrinfo(host, None))
    except OSError:
        is_here = False
    if tls == "off" and not is_here:
        raise Misconfigured("Mail would leave this machine in clear.", remedy="Set ICRM_SMTP_TLS to starttls or tls.")
