"""Data of the past as the rows a snapshot is made of, without a graph: what is judged is what is served."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError, iterparse

from app.adapters.contracts import ContractQuarters
from app.analytics.build import collect
from app.analytics.replay import Replay
from app.domain.errors import BadInput
from app.evaluate.past import Past, Protocol, Source
from app.ports.views import TopologyRows

MOST_TEXT = 1_500  # characters of a post: what follows is mostly quotes and thanks
SUFFIX = "_Posts.xml"
COLUMNS = {
    "customers": ("id", "region", "latitude", "longitude", "group_id", "segment"),
    "categories": ("id", "parent_id"),
    "needs": ("id", "seeker_id", "category_id", "text", "status", "known_at", "met_by", "met_at", "confidential"),
    "capabilities": ("id", "provider_id", "category_id", "text", "valid_from", "valid_to"),
}
_MARKUP = re.compile(r"<[^>]*>")
_TAG = re.compile(r"[^<>|]+")
Rows = dict[str, list[tuple[Any, ...]]]


def contracts(folder: Path) -> list[Past]:
    """The city's quarters, known by the end of the quarter in which each item first appears; payments are not read.

    A vendor is a customer before its first contract, so the operator knows its name, and no more: that is what a
    newcomer can be found by.
    """
    rows: Rows = {kind: [] for kind in COLUMNS}
    names: dict[str, str] = {}
    for entry in ContractQuarters(folder).entries():
        if entry.record is None or entry.kind not in COLUMNS:
            continue
        record = entry.record
        rows[entry.kind].append(tuple(getattr(record, name) for name in COLUMNS[entry.kind]))
        if entry.kind == "categories":
            names[record.id] = record.name
        elif entry.kind == "customers" and record.segment == "vendor":
            rows["capabilities"].append((f"name.{record.id}", record.id, None, record.name, None, None))
    return [Past(_replay(rows, names))]


def stackexchange(folder: Path) -> list[Past]:
    """A part for each SITE_Posts.xml: who asks seeks; each answer of another is a need met, and a capability, from its
    own day on. Judged are the questions whose accepted answer has a known author other than the asker. Votes and views
    are of the dump's day, which would tell the future: they are not read."""
    files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    if not files:
        raise BadInput("The folder holds no dump.", pointer="folder", remedy=f"Its files are named SITE{SUFFIX}.")
    return [_site({post["Id"]: post for post in _posts(file)}) for file in files]


def _site(posts: Mapping[str, Mapping[str, str]]) -> Past:
    rows: Rows = {kind: [] for kind in COLUMNS}
    people: set[str] = set()
    tags: set[str] = set()
    accepted: set[str] = set()
    for post in posts.values():
        owner, question = post.get("OwnerUserId"), posts.get(post.get("ParentId", ""))
        if post["PostTypeId"] != "2" or owner is None or question is None or question.get("OwnerUserId") == owner:
            continue  # an answer to oneself is no introduction
        at = max(_at(post), _at(question))
        tag = next(iter(_TAG.findall(question.get("Tags", ""))), None)
        people |= {one for one in (owner, question.get("OwnerUserId")) if one}
        tags |= {tag} if tag else set()
        rows["capabilities"].append((post["Id"], owner, tag, _plain(post), at, None))
        text = f"{question.get('Title', '')}\n{_plain(question)}"
        need = (post["Id"], question.get("OwnerUserId"), tag, text, "met", _at(question), owner, at, False)
        rows["needs"].append(need)
        if question.get("AcceptedAnswerId") == post["Id"]:
            accepted.add(post["Id"])
    rows["customers"] = [(one, None, None, None, None, None) for one in people]
    rows["categories"] = [(one, None) for one in tags]
    return Past(_replay(rows, {one: one for one in tags}), frozenset(accepted))


def _replay(rows: Rows, names: Mapping[str, str]) -> Replay:
    def batches() -> Iterator[TopologyRows]:
        for kind, records in rows.items():
            columns = {name: [row[place] for row in records] for place, name in enumerate(COLUMNS[kind])}
            yield TopologyRows(kind, columns)

    return Replay(collect(batches()), names)


def _posts(file: Path) -> Iterator[Mapping[str, str]]:
    try:
        for _, element in iterparse(file):  # noqa: S314
            if element.tag == "row" and {"Id", "PostTypeId", "CreationDate"} <= element.attrib.keys():
                yield dict(element.attrib)
            element.clear()
    except ParseError as error:
        raise BadInput(f"{file.name} is not a dump of posts.", pointer=file.name, remedy="Unpack it again.") from error


def _at(post: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(post["CreationDate"]).replace(tzinfo=UTC)


def _plain(post: Mapping[str, str]) -> str:
    return " ".join(unescape(_MARKUP.sub(" ", post.get("Body", ""))).split())[:MOST_TEXT]


# Of 5,000 contracts the last 40 % tell methods apart; of 492 answers every one is needed.
SOURCES: Mapping[str, Source] = {
    "contracts": Source(contracts, Protocol(first=0.2, warm_up=6, each_need=False)),
    "stackexchange": Source(stackexchange, Protocol(first=0.0, warm_up=0, each_need=True)),
}
