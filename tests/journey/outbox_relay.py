"""The program behind test_outbox.py: a relay whose channel appends to a file and then tells that it has."""

import os
import sys
import time
from pathlib import Path
from typing import Any

from app.bootstrap import open_app
from app.domain.outbox import Message
from app.jobs import store_clock
from app.relay import Relay
from app.settings import Settings


def main() -> None:
    given: dict[str, Any] = {"graph_url": sys.argv[1], "data_folder": Path(sys.argv[2])}
    if len(sys.argv) > 4:
        given |= {"graph_user": sys.argv[4], "graph_password": os.environ["OUTBOX_PASSWORD"]}
    received = Path(sys.argv[3])

    def channel(message: Message) -> None:
        with received.open("a", encoding="utf-8") as file:
            file.write(f"{message.id}\n")
        sys.stdout.write("delivered\n")
        sys.stdout.flush()
        time.sleep(60)  # long enough to be killed before the relay writes that it was delivered

    with open_app(Settings(_env_file=None, **given)) as app:
        Relay(app.store, {"slow": channel}, store_clock(app.store)).run_once()


if __name__ == "__main__":
    main()
