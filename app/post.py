"""How parties are written to, as the settings say: words, links, and the way out."""

from app.adapters.inbound import Receiver
from app.adapters.key_file import kept_key
from app.adapters.letter_text import letter_text
from app.adapters.mail import Envelope, FolderSender, SmtpSender, check_smtp
from app.domain.address import is_loopback
from app.domain.contact import LinkSigner
from app.domain.errors import Misconfigured
from app.ports.outside import Sender
from app.settings import Settings
from app.usecases.letters import Post


def post_of(settings: Settings) -> Post | None:
    """None while no address is stated that letters come from. Misconfigured where something they need is missing."""
    if settings.mail_from is None:
        return None
    if settings.operator is None or settings.public_url is None:
        raise Misconfigured(
            "Letters to parties need your name and an address for answers.",
            remedy="Set ICRM_OPERATOR and ICRM_PUBLIC_URL, or take ICRM_MAIL_FROM away.",
        )
    url = settings.public_url.rstrip("/")
    scheme, _, rest = url.partition("://")
    if scheme != "https" and not (scheme == "http" and is_loopback(rest.partition("/")[0].rpartition(":")[0] or rest)):
        raise Misconfigured("ICRM_PUBLIC_URL begins with https://, or http:// on this machine.")
    return Post(letter_text, LinkSigner(link_key(settings)), settings.operator, url)


def link_key(settings: Settings) -> bytes:
    if settings.link_key is not None:
        return settings.link_key.get_secret_value().encode()
    return kept_key(settings.data_folder / "link.key")


def receiver_of(settings: Settings) -> Receiver | None:
    secret = settings.inbound_secret
    return None if secret is None else Receiver.stated(secret.get_secret_value())


def sender_of(settings: Settings) -> Sender | None:
    """A folder goes before a server: whoever states both wants to look first. None where letters have no way out."""
    if settings.mail_from is None:
        return None
    envelope = Envelope(settings.mail_from)
    if settings.mail_folder is not None:
        return FolderSender(envelope, settings.mail_folder)
    if settings.smtp_host is None:
        return None
    check_smtp(settings.smtp_host, settings.smtp_tls)
    password = None if settings.smtp_password is None else settings.smtp_password.get_secret_value()
    where = (settings.smtp_host, settings.smtp_port)
    return SmtpSender(envelope, *where, settings.smtp_tls, settings.smtp_user, password)
