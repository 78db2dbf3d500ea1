"""Steps of `icrm doctor` that need no driver: names, sockets, Bolt's handshake, and the embedded graph's folder."""

import os
import socket
import ssl
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import IcrmError
from app.embedded import embedded_status

TIMEOUT_S = 3.0  # a server in reach answers in milliseconds
BOLT_PORT = 7687
# Magic, then four offers: 5.8 down to 5.0, 4.4 down to 4.2, nothing, nothing (Bolt's handshake, version 1).
HELLO = b"\x60\x60\xb0\x17" + struct.pack(">4I", 0x00080805, 0x00020404, 0, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """`ok` None: not looked at. `found` and `remedy` hold no secrets."""

    name: str
    ok: bool | None
    found: str
    remedy: str = ""

    def document(self) -> dict[str, Any]:
        return asdict(self)


def resolve_step(url: str) -> Step:
    try:
        host, port = _address(url)
        addresses = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except ValueError:
        return Step("resolve", False, "the URL is not valid", "Write neo4j://host:7687 into ICRM_GRAPH_URL.")
    except OSError:
        return Step(
            "resolve", False, "the host's name is not known here", "Check the name in ICRM_GRAPH_URL, DNS, or a VPN."
        )
    return Step("resolve", True, ", ".join(addresses))


def connect_step(url: str) -> Step:
    host, port = _address(url)
    try:
        socket.create_connection((host, port), timeout=TIMEOUT_S).close()
    except ConnectionRefusedError:
        remedy = f"Start the server; check its server.bolt.listen_address and the port {port} in ICRM_GRAPH_URL."
        return Step("connect", False, f"nothing listens on port {port}", remedy)
    except TimeoutError:
        return Step(
            "connect", False, f"no answer from port {port}", "A firewall drops the packets, or the host is down."
        )
    except OSError as error:
        return Step("connect", False, os.strerror(error.errno) if error.errno else "no route", "Check network and VPN.")
    return Step("connect", True, f"port {port} is open")


def handshake_step(url: str) -> Step:
    """Whether it speaks Bolt, and with TLS where the URL says so."""
    host, port = _address(url)
    scheme = urlsplit(url).scheme
    try:
        plain = socket.create_connection((host, port), timeout=TIMEOUT_S)
        with plain, _wrapped(plain, host, scheme) as connection:
            connection.sendall(HELLO)
            answer = connection.recv(4)
    except ssl.SSLCertVerificationError:
        remedy = "Use a certificate that this machine trusts, or +ssc in the URL for a self-signed one."
        return Step("handshake", False, "the server's certificate is not trusted", remedy)
    except (ssl.SSLError, ConnectionResetError):
        return Step("handshake", False, "TLS does not match", "Add +s to the URL's scheme, or take it away.")
    except OSError:
        return Step("handshake", False, "the server accepts but says nothing", "It is still starting, or overloaded.")
    if len(answer) < 4 or answer.startswith(b"HTTP"):
        remedy = "That is Neo4j's HTTP port or another program; the Bolt port is 7687 unless changed."
        return Step("handshake", False, "what answers does not speak Bolt", remedy)
    if answer == b"\x00\x00\x00\x00":
        return Step("handshake", False, "no common version of Bolt", "Use Neo4j 5.26 LTS or later.")
    return Step("handshake", True, f"Bolt {answer[3]}.{answer[2]}")


def folder_steps(folder: Path) -> Iterator[Step]:
    """Platform and data folder of the embedded graph; starts nothing."""
    try:
        status = embedded_status(folder)
    except IcrmError as error:
        yield Step("data folder", False, error.message, error.remedy)
        return
    if status.version is None:
        remedy = "Use Neo4j: set ICRM_GRAPH_URL and ICRM_GRAPH_PASSWORD (docs/neo4j.md)."
        yield Step("embedded engine", False, "it does not run on this platform", remedy)
        return
    yield Step("embedded engine", True, status.version)
    if status.format is None:
        yield Step("data folder", True, "new; made at the first start")
    elif status.format == status.version:
        yield Step("data folder", True, f"format {status.format}, {status.size / 2**20:,.0f} MB")
    else:
        remedy = "Export it with the icrm that wrote it, then `icrm import native` into a new folder."
        yield Step("data folder", False, f"written by engine {status.format}", remedy)


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme.partition("+")[0] not in ("bolt", "neo4j"):
        raise ValueError
    return parts.hostname, parts.port or BOLT_PORT


def _wrapped(plain: socket.socket, host: str, scheme: str) -> socket.socket:
    if "+" not in scheme:
        return plain
    context = ssl.create_default_context()
    if scheme.endswith("+ssc"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)
