"""A TCP proxy that misbehaves, and a real server on loopback."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import uvicorn


class FaultProxy:
    """Between driver and engine: `stalled` swallows everything, `delay` seconds pass before each answer,
    `refusing` closes what is open and accepts nothing."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.delay = 0.0
        self.flowing = threading.Event()
        self.flowing.set()
        self.refusing = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def refuse(self) -> None:
        self.refusing = True
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.flowing.set()
        self.refuse()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refusing:
                    client.close()
                    continue
                engine = socket.create_connection(self.target)
                self._open += [client, engine]
                threading.Thread(target=self._pump, args=(client, engine, 0.0), daemon=True).start()
                threading.Thread(target=self._pump, args=(engine, client, None), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, delay: float | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.flowing.wait()
                time.sleep(self.delay if delay is None else delay)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def listening(server: uvicorn.Server) -> Iterator[str]:
    """The server on a free loopback port; its URL."""
    taken = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    ends = time.monotonic() + 10
    while not server.started and time.monotonic() < ends:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
