"""The fiscal quarter a page looks at: the current one, or the last one in which something was closed."""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from report.data import Reporting
from report.words import short_day

QUARTERS_BACK = 8


@dataclass(frozen=True)
class Quarter:
    """A fiscal quarter, half open: `end` is the first day after it; `name` is 'Q3'."""

    start: date
    end: date
    name: str
    fiscal_year: int
    is_calendar_year: bool

    @property
    def title(self) -> str:
        """'Q3 2026', or 'Q3 FY2026' where the fiscal year is not the calendar year."""
        return f"{self.name} {'' if self.is_calendar_year else 'FY'}{self.fiscal_year}"

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def span(self) -> str:
        """'1 Jul to 30 Sep'."""
        return f"{short_day(self.start)} to {short_day(self.last_day)}"


def fiscal_quarters(today: date, start_month: int, back: int = QUARTERS_BACK) -> tuple[Quarter, ...]:
    """The fiscal quarter that holds `today`, after `back` earlier ones. A fiscal year is named for its last month."""
    months_in = (today.month - start_month) % 12
    first = _month(today.year * 12 + today.month - 1 - months_in % 3)
    ordinal = first.year * 12 + first.month - 1
    return tuple(_quarter(ordinal - 3 * step, start_month) for step in range(back, -1, -1))


def _quarter(ordinal: int, start_month: int) -> Quarter:
    start = _month(ordinal)
    number = (start.month - start_month) % 12 // 3 + 1
    year_end = _month(ordinal + 11 - (number - 1) * 3)
    return Quarter(start, _month(ordinal + 3), f"Q{number}", year_end.year, start_month == 1)


def _month(ordinal: int) -> date:
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def day_looked_at(reporting: Reporting, current: Quarter, today: date) -> date:
    """Today, where something is booked, closed or due in the current quarter; else the day the last deal was closed.

    An export of past years has nothing to say about the current quarter. A day with bookings goes before one on which
    deals were only lost.
    """
    booked = _last(reporting, "bookings", "booking_date", today)
    closed = _last(reporting, "pipeline_deals", "close_date", today, "is_won", "is_lost")
    if any(day is not None and day >= current.start for day in (booked, closed)) or _is_due(reporting, current):
        return today
    return booked or closed or today


def _last(reporting: Reporting, name: str, column: str, today: date, *flags: str) -> date | None:
    if not reporting.has(name, column, *flags):
        return None
    table = reporting.table(name)
    wanted = sa.or_(*(table.c[flag] for flag in flags)) if flags else sa.true()
    row = reporting.one(sa.select(sa.func.max(table.c[column])).where(table.c[column] <= today, wanted))
    return row[0] if row else None


def _is_due(reporting: Reporting, quarter: Quarter) -> bool:
    if not reporting.has("pipeline_current", "close_date"):
        return False
    due = reporting.table("pipeline_current").c.close_date
    return reporting.one(sa.select(due).where(due >= quarter.start, due < quarter.end)) is not None


def fiscal_start_month(reporting: Reporting, today: date) -> int:
    """The month the company's fiscal year starts in, by its calendar; January without one."""
    if not reporting.has("calendar_dates", "calendar_date", "fiscal_year_start"):
        return 1
    dates = reporting.table("calendar_dates")
    row = reporting.one(sa.select(dates.c.fiscal_year_start).where(dates.c.calendar_date == today))
    return int(row[0].month) if row and row[0] else 1


def business_days(reporting: Reporting, quarter: Quarter, today: date) -> tuple[int, int]:
    """Working days of the quarter and those up to today: the company's calendar, else Monday to Friday."""
    if reporting.has("calendar_dates", "calendar_date", "is_business_day"):
        dates = reporting.table("calendar_dates")
        inside = sa.and_(
            dates.c.calendar_date >= quarter.start, dates.c.calendar_date < quarter.end, dates.c.is_business_day
        )
        row = reporting.one(
            sa.select(sa.func.count(), sa.func.count().filter(dates.c.calendar_date <= today))
            .select_from(dates)
            .where(inside)
        )
        if row is not None and row[0]:
            return int(row[0]), int(row[1])
    all_days = [quarter.start + timedelta(days=n) for n in range((quarter.end - quarter.start).days)]
    working = [d for d in all_days if d.weekday() < 5]
    return len(working), sum(d <= today for d in working)
