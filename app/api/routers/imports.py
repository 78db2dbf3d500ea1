"""Files in: an upload becomes a job; what it did, and how to take it back."""

import re
import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Response, UploadFile

from app.api.deps import Admin, Given, Runner
from app.api.problems import Problem
from app.api.routers.jobs import accepted
from app.api.schemas import NAME, Page, Paged, path_id
from app.api.schemas_service import ImportOut, JobOut
from app.api.strict import StrictRoute
from app.domain.errors import BadInput, NotFound
from app.domain.job import ImportRun
from app.ports.store import Transaction
from app.usecases.jobs import QueueJob

router = APIRouter(prefix="/imports", tags=["imports"], route_class=StrictRoute)


class CsvResponse(Response):
    media_type = "text/csv"


Id = Annotated[str, path_id("imp")]
MOST_FILES = 50
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_BLOCK = 2**20


@router.post("", response_model=JobOut, status_code=202)
def create_import(
    given: Given,
    caller: Runner,
    response: Response,
    files: Annotated[list[UploadFile], File(min_length=1, max_length=MOST_FILES)],
    kind: Annotated[Literal["native", "contracts"], Form()] = "native",
    consent_basis: Annotated[str | None, Form(max_length=NAME)] = None,
    max_errors: Annotated[int, Form(ge=0, le=1_000_000)] = 100,
) -> Any:
    """CSV or JSON Lines files, named after their kind of record (customers.csv, needs.jsonl …), become a job. Ids
    follow from source and external_id, so the same files again change nothing."""
    if kind == "native" and consent_basis is not None:
        raise BadInput("Native files bring their own consents, as consents.csv.", pointer="consent_basis")
    folder = given.new_id("Import")
    _keep(files, given.upload_folder / folder)
    params = {"kind": kind, "folder": folder, "consent_basis": consent_basis, "max_errors": max_errors}
    job = QueueJob(given.store, given.clock, given.new_id)(caller, "import", params)
    given.wake()
    return accepted(response, job)


def _keep(files: list[UploadFile], folder: Path) -> None:
    """Only plain names: a path in a file's name must not lead out of the folder."""
    names = [file.filename or "" for file in files]
    if not all(_FILE_NAME.fullmatch(name) for name in names):
        raise BadInput("A file's name is of letters, digits, dots, dashes and underscores.", pointer="files")
    if len(set(names)) != len(names):
        raise BadInput("Two files have one name.", pointer="files")
    folder.mkdir(parents=True, mode=0o700)
    try:
        for file, name in zip(files, names, strict=True):
            with (folder / name).open("xb") as kept:
                shutil.copyfileobj(file.file, kept, _BLOCK)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Problem(
            "unavailable", "The files cannot be kept: the data folder's disk is full or read-only."
        ) from error


@router.get("", response_model=Page[ImportOut])
def list_imports(given: Given, caller: Runner, paged: Paged) -> Any:
    """Imports in the order of ids."""
    return paged.page(given.store.read(caller, lambda tx: tx.imports.page(paged.one_more)))


@router.get("/{id}", response_model=ImportOut)
def get_import(given: Given, caller: Runner, import_id: Id) -> Any:
    """What one import did: rows in = created + updated + unchanged + failed."""
    return given.store.read(caller, lambda tx: _find(tx, import_id))


@router.get("/{id}/failed-rows", response_class=CsvResponse)
def get_failed_rows(given: Given, caller: Runner, import_id: Id) -> Response:
    """The rows that failed, as CSV with file, line and reason: correct them and send them again. 404 when none did."""
    found = given.upload_folder / f"{import_id}.failed.csv"
    if not found.is_file():
        raise NotFound("No failed rows of this import are kept here.")
    return CsvResponse(found.read_bytes())


@router.post("/{id}/undo", response_model=JobOut, status_code=202)
def undo_import(given: Given, caller: Admin, import_id: Id, response: Response) -> Any:
    """Removes what the import created and restores what it changed, as a job."""
    given.store.read(caller, lambda tx: _find(tx, import_id))
    job = QueueJob(given.store, given.clock, given.new_id)(caller, "undo_import", {"import_id": import_id})
    given.wake()
    return accepted(response, job)


def _find(tx: Transaction, import_id: str) -> ImportRun:
    found = tx.imports.get(import_id)
    if found is None:
        raise NotFound("There is no such import.")
    return found
