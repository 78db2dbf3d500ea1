"""A lock on a file that the operating system frees when its holder dies, also by kill -9: so no lock is ever stale."""

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_POLL_S = 0.02  # a start takes 0.3 s, so waiting in steps of 20 ms is not noticed


class FileLock:
    """`with FileLock(path)` waits; `try_acquire()` does not. Not shared between threads."""

    def __init__(self, path: Path, *, timeout: float = 60.0) -> None:
        self._path = path
        self._timeout = timeout
        self._file: int | None = None

    def try_acquire(self) -> bool:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # held by another process
            os.close(file)
            return False
        self._file = file
        return True

    def wait(self, timeout: float) -> bool:
        """True when it was acquired within `timeout` seconds."""
        end = time.monotonic() + timeout
        while not self.try_acquire():
            if time.monotonic() > end:
                return False
            time.sleep(_POLL_S)
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "FileLock":
        if not self.wait(self._timeout):
            raise TimeoutError(f"{self._path.name} is held by another process")
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock now."""
    if not path.exists():
        return False
    lock = FileLock(path)
    if lock.try_acquire():
        lock.release()
        return False
    return True
