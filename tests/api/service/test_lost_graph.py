"""The embedded graph's server is killed or stopped under a running service: the service starts it again."""

import threading
import time
from collections.abc import Callable

from app.embedded import embedded_status, stop_embedded
from tests.api.service.conftest import Running, until

BACK_S = 10.0  # 0.5 to 1 s on an idle machine; the engine's start alone takes 0.3 s


class Writer:
    """Creates customers without a pause and keeps the ids that were acknowledged."""

    def __init__(self, service: Running) -> None:
        self.service = service
        self.acknowledged: list[str] = []
        self.refused: set[int] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def waits_for(self, more: int, *, within: float) -> float:
        goal = len(self.acknowledged) + more
        return until(lambda: len(self.acknowledged) >= goal, within=within)

    def _write(self) -> None:
        while not self._end.is_set():
            answer = self.service.new_customer()
            if answer.status_code == 201:
                self.acknowledged.append(answer.json()["id"])
            else:
                self.refused.add(answer.status_code)
                time.sleep(0.05)


def stored(service: Running, ids: list[str]) -> list[str]:
    return [one for one in ids if service.client.get(f"/api/v1/customers/{one}").status_code == 200]


def test_a_service_outlives_kills_of_its_graph_and_loses_nothing_acknowledged(serve: Callable[..., Running]) -> None:
    service = serve()
    pids, seconds = [], []
    with Writer(service) as writer:
        for _ in range(3):
            writer.waits_for(15, within=30)
            pids.append(service.server_pid())
            service.kill_server()
            seconds.append(writer.waits_for(15, within=BACK_S))
    pids.append(service.server_pid())
    assert len(set(pids)) == 4
    assert writer.refused <= {503}
    assert stored(service, writer.acknowledged) == writer.acknowledged
    assert service.client.get("/readyz").status_code == 200


def test_a_service_starts_a_stopped_graph_again(serve: Callable[..., Running]) -> None:
    service = serve()
    made = service.new_customer().json()["id"]
    first = service.server_pid()
    assert stop_embedded(service.graph)
    until(lambda: service.client.get(f"/api/v1/customers/{made}").status_code == 200, within=BACK_S)
    assert service.server_pid() != first


def test_a_job_goes_on_after_its_graph_was_killed(serve: Callable[..., Running]) -> None:
    service = serve()
    job = service.client.post("/api/v1/jobs", json={"type": "refresh_snapshot"}).json()
    service.kill_server()

    def state() -> str:
        answer = service.client.get(f"/api/v1/jobs/{job['id']}")
        return str(answer.json()["state"]) if answer.status_code == 200 else ""

    until(lambda: state() in ("succeeded", "failed", "cancelled"), within=45)
    assert state() == "succeeded"


def test_two_services_on_one_folder_share_one_graph_and_see_each_others_writes(serve: Callable[..., Running]) -> None:
    first, second = serve(embedded_idle_seconds=1.0), serve(embedded_idle_seconds=1.0)
    pid = first.server_pid()
    for writer, reader in ((first, second), (second, first)):
        made = writer.new_customer().json()["id"]
        assert reader.client.get(f"/api/v1/customers/{made}").json()["id"] == made
    assert second.server_pid() == pid
    first.process.terminate()
    first.process.wait(20)
    time.sleep(2.0)
    assert second.new_customer().status_code == 201  # the one that is left keeps it
    assert second.server_pid() == pid
    second.process.terminate()
    second.process.wait(20)
    until(lambda: not embedded_status(second.graph).running, within=10)


def test_two_services_find_the_same_new_graph_after_a_kill(serve: Callable[..., Running]) -> None:
    first, second = serve(), serve()
    first.kill_server()
    made: list[str] = []
    until(lambda: _created(first, made), within=BACK_S)
    until(lambda: stored(second, made) == made, within=BACK_S)
    assert second.server_pid() == first.server_pid()


def _created(service: Running, made: list[str]) -> bool:
    answer = service.new_customer()
    if answer.status_code == 201:
        made.append(answer.json()["id"])
    return bool(made)
