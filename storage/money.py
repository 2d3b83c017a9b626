"""The currency that money is converted to, and what others are worth in it, as they are configured."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Connection

from storage.db import Database
from storage.settings import put_setting, setting

MONEY = "money"


@dataclass(frozen=True, slots=True)
class Money:
    """The currency of all money figures, and what one unit of another is worth in it."""

    currency: str = "EUR"
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    def rate(self, currency: str) -> Decimal | None:
        """What one unit is worth, None where nobody said.

        >>> Money("EUR", {"USD": Decimal("0.92")}).rate("USD"), Money().rate("EUR"), Money().rate("SEK")
        (Decimal('0.92'), Decimal('1'), None)
        """
        return Decimal(1) if currency == self.currency else self.rates.get(currency)


def set_money(db: Database, currency: str, rates: Mapping[str, float]) -> None:
    """Make the database's currency and rates those of the configuration."""
    wanted = json.dumps(
        {"currency": currency, "rates": {name: repr(rate) for name, rate in sorted(rates.items())}}
    )
    with db.read() as connection:
        if setting(connection, MONEY) == wanted:
            return
    db.do(lambda connection: put_setting(connection, MONEY, wanted))


def money_in_use(connection: Connection) -> Money:
    """The currency and the rates in use."""
    stored = json.loads(setting(connection, MONEY) or "{}")
    rates = {name: Decimal(rate) for name, rate in stored.get("rates", {}).items()}
    return Money(stored.get("currency", "EUR"), rates)
