"""Random deals that wander: forward, back, over stages, lost and reopened, pushed and pulled, some deleted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from attain.table import Table
from extract import templates

OPEN = ("Prospecting", "Qualification", "Demo", "Negotiation", "Verbal Agreement", "Something Else")
CLOSED = ("Closed Won", "Closed Lost")
START = datetime(2025, 3, 3, 12, tzinfo=UTC)

Row = dict[str, Any]


@dataclass
class Walks:
    """Deals with every change they went through, as templates of files.

    Args:
        until: nothing happens after this moment.
    """

    seed: int
    deals: int
    until: datetime
    headers: list[Row] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        for number in range(self.deals):
            self._walk(f"d{number}")

    def tables(self) -> Iterator[tuple[Table, list[Row]]]:
        """What is to be landed, reps and accounts first."""
        yield (
            templates.REPS,
            [
                {"rep_id": f"r{n}", "rep_name": f"Rep {n}", "team": "East" if n else None, "valid_from": START.date()}
                for n in range(3)
            ],
        )
        segments = ("Enterprise", None, "odd")
        yield (
            templates.ACCOUNTS,
            [{"account_id": f"a{n}", "account_name": f"Account {n}", "segment": segments[n]} for n in range(3)],
        )
        yield templates.OPPORTUNITIES, self.headers
        yield templates.OPPORTUNITY_FIELD_HISTORY, self.history

    def _walk(self, deal: str) -> None:
        random = self._random
        moment = created = START + timedelta(days=random.randint(0, 400))
        state = {
            "stage": random.choice((*OPEN[:3], *OPEN[:3], *OPEN, *CLOSED)),
            "amount": random.choice((None, Decimal(random.randint(1, 900)))),
            "close_date": (moment + timedelta(days=random.randint(0, 90))).date(),
            "is_deleted": False,
        }
        last = created
        for _ in range(random.randint(0, 9)):
            moment += timedelta(days=random.randint(0, 35), hours=1)
            if moment > self.until or (state["stage"] in CLOSED and random.random() < 0.7):
                break
            after = self._changed(state, moment)
            self._record(deal, moment, state, after)
            state, last = after, moment
        if random.random() < 0.08 and (gone := last + timedelta(days=random.randint(1, 40))) < self.until:
            self._record(deal, gone, state, state := {**state, "is_deleted": True})
            last = gone
        self.headers.append(
            {
                "opportunity_id": deal, "created_at": created, "updated_at": last, "owner_id": f"r{random.randint(0, 3)}",
                "account_id": f"a{random.randint(0, 3)}", "loss_reason": random.choice((None, "Price", " ")), **state,
            }
        )  # fmt: skip

    def _changed(self, state: Row, moment: datetime) -> Row:
        random = self._random
        news = {
            "stage": random.choice((*OPEN, *CLOSED)),
            "amount": random.choice((None, Decimal(random.randint(1, 900)))),
            "close_date": (moment + timedelta(days=random.randint(-40, 120))).date(),
        }
        return {**state, **{name: value for name, value in news.items() if random.random() < 0.6}}

    def _record(self, deal: str, moment: datetime, before: Row, after: Row) -> None:
        for name, value in after.items():
            if value != before[name]:
                self.history.append(
                    {
                        "history_id": f"{deal}-{moment:%Y%m%d%H}-{name}", "opportunity_id": deal, "changed_at": moment,
                        "field": name, "old_value": _text(before[name]), "new_value": _text(value),
                    }
                )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
