"""Files over HTTP: in, reported, repeated, taken back."""

import secrets
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import App

API = "/api/v1"


def ended(client: TestClient, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    until = time.monotonic() + 60
    while (job := client.get(answer.headers["Location"]).json())["state"] in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    return dict(job)


def files_of(mark: str) -> list[tuple[str, tuple[str, bytes]]]:
    customers = f"source,external_id,name\ncrm,{mark}-1,Alder {mark}\ncrm,{mark}-2,Birch {mark}\n"
    return [("files", ("customers.csv", customers.encode()))]


def test_files_become_records_once_and_are_taken_back(client: TestClient, opened: App) -> None:
    mark = secrets.token_hex(6)
    job = ended(client, client.post(f"{API}/imports", files=files_of(mark)))
    assert (job["state"], job["error"]) == ("succeeded", None), job
    result = job["result"]
    assert (result["rows_in"], result["created"], result["failed"]) == (2, 2, 0)
    found = client.get(f"{API}/customers", params={"search": mark}).json()["data"]
    assert sorted(row["name"] for row in found) == [f"Alder {mark}", f"Birch {mark}"]
    report = client.get(f"{API}/imports/{result['import_id']}").json()
    assert (report["rows_in"], report["created"], report["state"]) == (2, 2, "complete")
    assert result["import_id"] in [run["id"] for run in client.get(f"{API}/imports").json()["data"]]
    assert client.get(f"{API}/imports/{result['import_id']}/failed-rows").status_code == 404
    again = ended(client, client.post(f"{API}/imports", files=files_of(mark)))
    assert (again["result"]["unchanged"], again["result"]["created"]) == (2, 0)
    undone = ended(client, client.post(f"{API}/imports/{result['import_id']}/undo"))
    assert undone["state"] == "succeeded", undone
    assert client.get(f"{API}/customers", params={"search": mark}).json()["data"] == []
    left = [path for path in (opened.settings.data_folder / "uploads").iterdir() if path.is_dir()]
    assert left == []  # what was uploaded is not kept


def test_a_bad_row_comes_back_with_its_reason_and_stops_nothing(client: TestClient) -> None:
    mark = secrets.token_hex(6)
    rows = f"source,external_id,name,vetting\ncrm,{mark}-1,Alder {mark},2\ncrm,{mark}-2,Birch {mark},nine\n"
    job = ended(client, client.post(f"{API}/imports", files=[("files", ("customers.csv", rows.encode()))]))
    assert (job["result"]["created"], job["result"]["failed"]) == (1, 1)
    failed = client.get(f"{API}/imports/{job['result']['import_id']}/failed-rows")
    assert failed.headers["Content-Type"].startswith("text/csv")
    lines = failed.text.splitlines()
    assert len(lines) == 2
    assert f"Birch {mark}" in lines[1]
    assert "vetting" in lines[1]


def test_a_file_that_cannot_be_read_fails_the_job_with_one_sentence(client: TestClient) -> None:
    files = [("files", ("customers.csv", b"colour,shape\nred,round\n"))]
    job = ended(client, client.post(f"{API}/imports", files=files))
    assert job["state"] == "failed"
    assert "customers.csv" in job["error"]
    assert "round" not in job["error"]


@pytest.mark.parametrize(
    "name", ["../customers.csv", ".customers.csv", "a/b.csv", "x" * 101, "cust omers.csv", "customers.csv;x"]
)
def test_a_file_name_leads_nowhere_else(client: TestClient, opened: App, name: str) -> None:
    answer = client.post(f"{API}/imports", files=[("files", (name, b"id\n"))])
    assert answer.status_code == 422
    twice = [("files", ("customers.csv", b"a")), ("files", ("customers.csv", b"b"))]
    assert client.post(f"{API}/imports", files=twice).status_code == 422


def test_a_consent_basis_is_of_presets_only(client: TestClient) -> None:
    answer = client.post(f"{API}/imports", files=files_of("x"), data={"consent_basis": "public record"})
    assert answer.status_code == 422
    assert client.post(f"{API}/imports", files={"kind": (None, "native")}).status_code == 422
