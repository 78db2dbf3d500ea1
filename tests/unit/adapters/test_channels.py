"""Ways out for messages, with a real receiver on this machine."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.adapters import channels
from app.adapters.channels import FolderChannel, WebhookChannel, signature
from app.domain.errors import Misconfigured
from app.domain.outbox import Topic, message
from app.ports.outside import Undelivered

KEY = b"0123456789abcdef01234567"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
ONE = message(Topic.JOB_FAILED, "job_1", datetime(2026, 1, 1, tzinfo=UTC), {"job_id": "job_1", "error": "é"})


@dataclass
class Receiver:
    """Answers with `statuses` in turn, the last for ever."""

    statuses: list[int] = field(default_factory=lambda: [204])
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.statuses[min(len(found.posts), len(found.statuses)) - 1])
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hook?of=icrm"
        yield found
        server.shutdown()


def test_the_signature_is_that_of_the_specification() -> None:
    """The vector of the test suites of Standard Webhooks and of Svix, where the scheme comes from."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    assert signature(secret, signed) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_post_is_signed_by_each_secret_over_exactly_what_is_sent(receiver: Receiver) -> None:
    other = base64.b64encode(b"x" * 32).decode()
    WebhookChannel.stated(receiver.url, f"{SECRET} whsec_{other}")(ONE)
    [(headers, body)] = receiver.posts
    assert json.loads(body)["data"] == {"job_id": "job_1", "error": "é"}
    assert headers["webhook-id"] == ONE.id
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    signed = f"{ONE.id}.{headers['webhook-timestamp']}.".encode() + body
    expected = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in (KEY, b"x" * 32)]
    assert headers["webhook-signature"] == " ".join(f"v1,{one}" for one in expected)


@pytest.mark.parametrize(("status", "final"), [(500, False), (404, False), (302, False), (410, True)])
def test_what_is_no_success_is_tried_again_but_gone_is_final(receiver: Receiver, status: int, final: bool) -> None:
    receiver.statuses = [status]
    with pytest.raises(Undelivered) as caught:
        WebhookChannel.stated(receiver.url, SECRET)(ONE)
    assert caught.value.final is final
    assert len(receiver.posts) == 1  # a redirect is not followed


def test_a_receiver_that_answers_one_byte_at_a_time_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "DEADLINE_S", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\n" * 5:
                    try:
                        connection.send(bytes([byte]))
                    except OSError:
                        return
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Undelivered):
            WebhookChannel.stated(f"http://127.0.0.1:{server.getsockname()[1]}", SECRET)(ONE)
        assert time.monotonic() - began < 3


def test_nobody_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Undelivered) as caught:
        WebhookChannel.stated(f"http://localhost:{port}/", SECRET)(ONE)
    assert not caught.value.final


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("http://example.com/hook", SECRET),
        ("ftp://127.0.0.1/", SECRET),
        ("https://me:word@example.com/", SECRET),
        ("https://example.com/", ""),
        ("https://example.com/", "whsec_c2hvcnQ="),
        ("https://example.com/", base64.b64encode(KEY).decode()),
        ("https://example.com/", "whsec_***"),
    ],
)
def test_an_unsafe_webhook_is_refused_before_anything_is_sent(url: str, secrets: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        WebhookChannel.stated(url, secrets)
    assert "example" not in str(caught.value)
    assert "word" not in str(caught.value).replace("password", "")


def test_a_message_is_one_whole_file_however_often_it_is_sent(tmp_path: Path) -> None:
    channel = FolderChannel(tmp_path / "out")
    for _ in range(2):
        channel(ONE)
    assert [one.name for one in (tmp_path / "out").iterdir()] == [f"{ONE.id}.json"]
    assert (tmp_path / "out" / f"{ONE.id}.json").read_text(encoding="utf-8") == ONE.payload
    (tmp_path / "file").write_text("")
    with pytest.raises(Undelivered):
        FolderChannel(tmp_path / "file")(ONE)
