"""Money as integer minor units and an ISO 4217 code; text and decimals only at the edges."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.errors import BadInput

# ISO 4217 exponents that differ from 2 (table A.1, 2024); every other code has two decimals.
_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: digits for digits, codes in _BY_EXPONENT.items() for code in codes.split()}
LARGEST = 2**53  # the largest integer that JSON readers and float64 keep exactly
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Money:
    """`minor`: cents and the like, |minor| ≤ 2⁵³. `currency`: three capital letters."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise BadInput("A currency is three capital letters of ISO 4217, such as EUR.", pointer="currency")
        if abs(self.minor) > LARGEST:
            raise BadInput("An amount is at most 2^53 minor units.", pointer="amount")

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """`"1234.50"`, `"EUR"` → 123450 EUR. More decimals than the currency has are an error, never rounded."""
        try:
            minor = Decimal(amount).scaleb(exponent(currency))
        except InvalidOperation as error:
            raise BadInput("An amount is a decimal number such as 1234.50.", pointer="amount") from error
        if not minor.is_finite() or minor != minor.to_integral_value():
            raise BadInput(f"{currency} has {exponent(currency)} decimals.", pointer="amount")
        return cls(int(minor), currency)


def is_currency(code: str) -> bool:
    return _CODE.fullmatch(code) is not None


def exponent(currency: str) -> int:
    return EXPONENTS.get(currency, 2)
