"""Looks for work again and again, in threads of its own or in the caller's, until it is stopped."""

import threading
from collections.abc import Callable

import structlog

from app.domain.errors import IcrmError

POLL_S = 2.0


class Poller:
    """`work` does everything that is due and comes back; it may look at `stopped` in between. What fails is tried
    again: the graph may be away for a while, and one bad message must not end the only worker."""

    def __init__(self, name: str, work: Callable[[], object], *, workers: int = 1) -> None:
        self.stopped = threading.Event()
        self._name = name
        self._work = work
        self._log = structlog.get_logger(f"icrm.{name}")
        self._threads = [
            threading.Thread(target=self.run, name=f"icrm-{name}-{number}", daemon=True) for number in range(workers)
        ]

    def start(self) -> None:
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        self.stopped.set()
        for one in self._threads:
            if one.is_alive():
                one.join(POLL_S)

    def run(self) -> None:
        """Until `stop`."""
        while not self.stopped.is_set():
            try:
                self._work()
            except IcrmError as error:
                self._log.warning(f"{self._name}.waiting", reason=error.message)
            except Exception as error:  # noqa: BLE001  see the class
                self._log.error(f"{self._name}.defect", kind=type(error).__name__)
            self.stopped.wait(POLL_S)
