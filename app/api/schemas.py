"""The words of the wire: bounded texts, times, money, pages. Requests are strict; answers come from domain values."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Depends, Path, Query, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic.config import JsonDict

from app.api.problems import Problem
from app.domain.errors import BadInput
from app.domain.ids import id_pattern
from app.domain.money import Money
from app.ports.store import PageOf

NAME = 300  # characters of a name; the longest legal names of companies stay below
TEXT = 10_000  # characters of a need or capability in words: three pages
LARGEST_PAGE = 200  # of the API and of the store
LIST = 200  # entries of a list in a request, the largest page

_MONEY: JsonDict = {"amount": "1234.50", "currency": "EUR"}


class Body(BaseModel):
    """A request: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer, read from the attributes of a domain value; what it does not name does not leave."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


def _in_utc(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2200:  # the graph's and Python's ranges differ; nothing of ours lies outside
        raise BadInputValue("A time lies between 1900 and 2200.")
    return value.astimezone(UTC)


class BadInputValue(ValueError):
    """Our own words inside a validator: safe to show."""


def _text_only(value: Any) -> Any:
    if not isinstance(value, str):  # pydantic would take 1 as one second after 1970
        raise BadInputValue("A time is text, as RFC 3339 writes it.")
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Time = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(_in_utc)]
TimeOut = Annotated[datetime, AfterValidator(_utc), Field(description="RFC 3339, UTC.")]
Short = Annotated[str, Field(min_length=1, max_length=NAME, pattern=r"\S")]
Long = Annotated[str, Field(min_length=1, max_length=TEXT, pattern=r"\S")]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
Latitude = Annotated[float, Strict(), Field(ge=-90, le=90)]
Longitude = Annotated[float, Strict(), Field(ge=-180, le=180)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
Slots = Annotated[int, Strict(), Field(ge=0, le=1_000_000)]
CategoryId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x20]+$")]


CustomerId = Annotated[str, Field(pattern=id_pattern("cus"))]
NeedId = Annotated[str, Field(pattern=id_pattern("need"))]
IntroductionId = Annotated[str, Field(pattern=id_pattern("int"))]
ReferralId = Annotated[str, Field(pattern=id_pattern("ref"))]
OutcomeId = Annotated[str, Field(pattern=id_pattern("out"))]


def path_id(prefix: str) -> Any:
    return Path(alias="id", pattern=id_pattern(prefix), max_length=70)


class MoneyIn(Body):
    """Exact decimal text and an ISO 4217 code; more decimals than the currency has are an error."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"amount": "1234.50", "currency": "EUR"}]}
    )

    amount: Annotated[str, Field(max_length=20, pattern=r"^-?[0-9]{1,16}(\.[0-9]{1,4})?$")]
    currency: Currency

    def to_domain_at(self, pointer: str) -> Money:
        """BadInput names `pointer`, the place of this amount in the body."""
        try:
            return Money.parse(self.amount, self.currency)
        except BadInput as error:
            raise BadInput(error.message, pointer=f"{pointer}/{error.pointer}", remedy=error.remedy) from error


def money(value: MoneyIn | None, pointer: str) -> Money | None:
    return None if value is None else value.to_domain_at(pointer)


def _plain(value: Any) -> Any:
    return format(value, "f") if isinstance(value, Decimal) else value


class MoneyOut(Out):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_MONEY]})

    amount: Annotated[str, BeforeValidator(_plain)]
    currency: str


T = TypeVar("T")


class Versioned(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)


class Page(BaseModel, Generic[T]):
    """One page in the order of ids. `next_cursor` is null on the last."""

    data: list[T]
    has_more: bool
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """`one_more` asks for a row beyond the page: whether there is a next page costs no second query."""

    after: str | None
    limit: int

    @property
    def one_more(self) -> PageOf:
        return PageOf(self.after, min(self.limit + 1, LARGEST_PAGE))

    def page(self, rows: Sequence[Any], key: Callable[[Any], str] = lambda row: row.id) -> dict[str, Any]:
        shown = list(rows[: self.limit])
        # At the store's largest page there is no room for one more: a full page may then be followed by an empty one.
        more = len(rows) > self.limit or len(rows) == LARGEST_PAGE
        return {"data": shown, "has_more": more, "next_cursor": cursor(key(shown[-1])) if more else None}


def cursor(last: str) -> str:
    return base64.urlsafe_b64encode(b"1" + last.encode()).decode().rstrip("=")


def read_cursor(text: str) -> str:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Problem("invalid", "This cursor is not one of ours.", pointer="cursor") from error
    if not raw.startswith("1") or len(raw) < 2 or not raw.isprintable():
        raise Problem("invalid", "This cursor is not one of ours.", pointer="cursor")
    return raw[1:]


async def paging(
    limit: Annotated[int, Query(ge=1, le=200, description="Rows of a page.")] = 25,
    cursor: Annotated[str | None, Query(max_length=400, description="next_cursor of the page before.")] = None,
) -> Paging:
    return Paging(after=read_cursor(cursor) if cursor else None, limit=limit)


Paged = Annotated[Paging, Depends(paging)]


def set_version(response: Response, record: V, folder: str | None = None) -> V:
    """The record's version as ETag; with `folder`, also where a record that was just made is found."""
    response.headers["ETag"] = f'"{record.version}"'
    if folder is not None:
        response.headers["Location"] = f"/api/v1/{folder}/{record.id}"
    return record
