"""Where the service may listen."""

from app.domain.address import is_loopback
from app.domain.errors import Misconfigured


def refuse_open_door(host: str, *, auth: bool) -> None:
    """Misconfigured for an address that others can reach while no key is asked for."""
    if not auth and not is_loopback(host):
        raise Misconfigured(
            "The service does not listen beyond loopback without API keys.",
            remedy="Set ICRM_AUTH=true and make a key with icrm api-key create, or listen on 127.0.0.1.",
        )
