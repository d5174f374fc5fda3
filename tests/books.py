"""Small random companies, and what happens to them: rows for landing, round after round.

Each book is a source account of its own, so that one build proves a property on many of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from attain.table import Table
from extract import templates
from extract.salesforce.objects import OBJECTS

Rows = list[dict[str, Any]]
Landing = tuple[Table, str, Rows]

STAGES = ("Prospecting", "Qualification", "Negotiation/Review", "Mystery Stage", "Closed Won", "Closed Lost")
CURRENCIES = (None, "USD", "GBP", "EUR")
START = datetime(2025, 1, 6, 9, tzinfo=UTC)


@dataclass
class Book:
    """One company's sources.

    Args:
        account: its source account.
        clock: the moment of the next change; it only moves on.
    """

    account: str
    seed: int
    random: Random = field(init=False)
    clock: datetime = START
    deals: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    serial: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def round(self) -> Iterator[Landing]:
        """What a run would fetch: some new rows, some changed, some gone, in no order that matters."""
        yield from self._people()
        yield from self._entities()
        yield from self._deals()
        yield from self._lines()
        yield from self._orders()

    def _id(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}{self.serial}"

    def _tick(self) -> datetime:
        self.clock += timedelta(hours=self.random.randint(0, 900))
        return self.clock

    def _people(self) -> Iterator[Landing]:
        chosen = self.random.sample(range(4), self.random.randint(1, 4))
        users = [
            {
                "id": f"u{n}", "name": f"User {n}", "email": self.random.choice([f"u{n}@x.test", "info@x.test"]),
                "employee_number": self.random.choice([None, str(n), "7"]), "department": self.random.choice(["A", "B"]),
                "manager_id": self.random.choice([None, "u0", "u1"]), "is_active": True, "title": "AE",
                "system_modstamp": self._tick(), "created_date": START,
            }
            for n in chosen
        ]  # fmt: skip
        yield OBJECTS["User"], "upsert", users
        roster = [
            {
                "rep_id": f"r{n}", "employee_number": str(n), "rep_name": f"Rep {n}", "team": self.random.choice("CD"),
                "valid_from": self.random.choice([date(1900, 1, 1), date(2025, 6, 1)]), "role": "AE",
                "manager_id": self.random.choice([None, "r0"]),
            }
            for n in chosen
        ]  # fmt: skip
        yield templates.REPS, "upsert", roster

    def _entities(self) -> Iterator[Landing]:
        accounts = [
            {
                "id": f"a{n}", "name": f"Account {self.random.randint(1, 3)}", "industry": self.random.choice(["X", "Y"]),
                "segment__c": self.random.choice([None, "Enterprise", "odd"]), "owner_id": f"u{n}",
                "master_record_id": self.random.choice([None, None, "a0"]) if n else None,
                "is_deleted": self.random.random() < 0.1, "system_modstamp": self._tick(),
            }
            for n in self.random.sample(range(3), self.random.randint(0, 3))
        ]  # fmt: skip
        yield OBJECTS["Account"], "upsert", accounts
        products = [
            {"product_id": f"p{n}", "product_name": f"Product {n}", "product_family": self.random.choice(["F", "G"]),
             "unit_cost": Decimal(self.random.randint(1, 9))}
            for n in self.random.sample(range(3), self.random.randint(0, 3))
        ]  # fmt: skip
        yield templates.PRODUCTS, "upsert", products

    def _deals(self) -> Iterator[Landing]:
        headers, states, fields = [], [], []
        for _ in range(self.random.randint(1, 6)):
            deal = self._born()
            self.deals[deal["id"]] = deal
            headers.append(deal)
        for name in self.random.sample(sorted(self.deals), min(len(self.deals), self.random.randint(0, 9))):
            before = self.deals[name]
            after = self._changed(before)
            self.deals[name] = after
            headers.append(after)
            if self.random.random() < 0.7:
                states.append(self._state(after))
            fields += self._fields(before, after)
        if self.random.random() < 0.3:
            states.append(self._state({"id": "not-yet", **dict.fromkeys(("stage_name", "amount", "close_date"))}))
        if self.random.random() < 0.3:
            self.deals["not-yet"] = {**self._born(), "id": "not-yet"}
            headers.append(self.deals["not-yet"])
        latest = {row["id"]: row for row in headers}
        yield OBJECTS["Opportunity"], "upsert", list(latest.values())
        yield OBJECTS["OpportunityHistory"], "upsert", states
        yield OBJECTS["OpportunityFieldHistory"], "upsert", fields

    def _born(self) -> dict[str, Any]:
        now = self._tick()
        return {
            "id": self._id("o"), "name": "Deal", "account_id": self.random.choice([None, "a0", "a1", "a2", "a9"]),
            "stage_name": self.random.choice(STAGES), "amount": self._amount(), "close_date": self._close(now),
            "owner_id": f"u{self.random.randint(0, 4)}", "currency_iso_code": self.random.choice(CURRENCIES),
            "probability": Decimal(self.random.choice([10, 50, 90])), "is_deleted": False, "created_date": now,
            "system_modstamp": now, "is_closed": None, "is_won": None, "forecast_category": "Pipeline",
        }  # fmt: skip

    def _changed(self, deal: dict[str, Any]) -> dict[str, Any]:
        now = self._tick()
        news = {
            "stage_name": self.random.choice(STAGES), "amount": self._amount(), "close_date": self._close(now),
            "owner_id": f"u{self.random.randint(0, 4)}", "is_deleted": self.random.random() < 0.2,
            "account_id": self.random.choice([None, "a0", "a1"]), "currency_iso_code": self.random.choice(CURRENCIES),
        }  # fmt: skip
        kept = {key: value for key, value in news.items() if self.random.random() < 0.4}
        return {**deal, **kept, "system_modstamp": now}

    def _state(self, deal: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self._id("h"), "opportunity_id": deal["id"], "created_date": deal.get("system_modstamp", self.clock),
            "system_modstamp": self.clock, "stage_name": deal["stage_name"], "amount": deal["amount"],
            "close_date": deal["close_date"], "probability": deal.get("probability"),
            "forecast_category": deal.get("forecast_category"), "currency_iso_code": deal.get("currency_iso_code"),
        }  # fmt: skip

    def _fields(self, before: dict[str, Any], after: dict[str, Any]) -> Rows:
        names = {"owner_id": "Owner", "is_deleted": "IsDeleted", "amount": "Amount"}
        return [
            {
                "id": self._id("f"), "opportunity_id": after["id"], "created_date": after["system_modstamp"],
                "field": api, "old_value": self._text(before[name]), "new_value": self._text(after[name]),
            }
            for name, api in names.items()
            if before[name] != after[name] and self.random.random() < 0.8
        ]  # fmt: skip

    def _text(self, value: Any) -> str | None:
        return None if value is None else str(value)

    def _amount(self) -> Decimal | None:
        return self.random.choice([None, Decimal(self.random.randint(1, 9999)), Decimal("33.333333")])

    def _close(self, now: datetime) -> date:
        return (now + timedelta(days=self.random.randint(-40, 200))).date()

    def _lines(self) -> Iterator[Landing]:
        rows = []
        for _ in range(self.random.randint(0, 3)):
            name = self.random.choice([self._id("l"), *self.lines])
            self.lines[name] = {
                "id": name, "opportunity_id": self.random.choice([*self.deals, "lost-header"]),
                "product2_id": self.random.choice([None, "p0", "p1"]), "quantity": Decimal(self.random.randint(1, 3)),
                "list_price": self.random.choice([None, Decimal(100)]), "unit_price": Decimal(90), "name": "Item",
                "total_price": self.random.choice([None, Decimal("77.7")]), "is_deleted": self.random.random() < 0.1,
                "system_modstamp": self._tick(),
            }  # fmt: skip
            rows.append(self.lines[name])
        yield OBJECTS["OpportunityLineItem"], "upsert", list({row["id"]: row for row in rows}.values())

    def _orders(self) -> Iterator[Landing]:
        orders, lines = [], []
        for _ in range(self.random.randint(0, 2)):
            name = self.random.choice([self._id("n"), *self.orders])
            self.orders[name] = {
                "order_id": name, "order_date": self._tick().date(), "account_name": self.random.choice(["Shop", "Account 1"]),
                "opportunity_id": self.random.choice([None, None, *self.deals]), "owner_id": "r1",
                "status": self.random.choice(["Shipped", "Cancelled", None]), "updated_at": self.clock,
                "currency_code": self.random.choice(CURRENCIES),
            }  # fmt: skip
            orders.append(self.orders[name])
            lines.append(
                {
                    "order_line_id": self._id("m"), "order_id": self.random.choice([name, "no-such-order"]),
                    "product_name": self.random.choice(["Product 1", "By name"]), "quantity": Decimal(2),
                    "unit_list_price": Decimal(50), "discount_amount": self.random.choice([None, Decimal("4.5")]),
                    "updated_at": self.clock,
                }
            )  # fmt: skip
        yield templates.ORDERS, "upsert", list({row["order_id"]: row for row in orders}.values())
        yield templates.ORDER_LINES, "upsert", lines


def rates(*days: str) -> Landing:
    """Plan rates to USD that change on the given days."""
    rows = [
        {
            "from_currency": currency, "to_currency": "USD", "rate_type": "plan", "valid_from": date.fromisoformat(day),
            "rate": (Decimal(base) + Decimal(position) / 7).quantize(Decimal("1e-9")),
        }
        for currency, base in (("EUR", "1.1"), ("GBP", "1.3"))
        for position, day in enumerate(days)
    ]  # fmt: skip
    return templates.EXCHANGE_RATES, "upsert", rows
