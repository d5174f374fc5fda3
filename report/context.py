"""What every block of a page shares: the company, its currency, the publication and the period looked at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from attain.errors import PageRefused
from report.data import Reporting, Row
from report.words import Currency, short_day

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


@dataclass(frozen=True)
class Context:
    """The same for all blocks of one page.

    Args:
        as_of: the publication's clock, UTC.
        today: the last day the data covers, in the company's time zone.
        quarters: the current fiscal quarter last, with up to eight before it.
    """

    run_id: int
    run_label: str
    company: str
    database: str
    currency: Currency
    as_of: datetime
    published_at: datetime | None
    today: date
    quarters: tuple[Quarter, ...]
    business_days_total: int
    business_days_elapsed: int
    sample: str | None
    minimum_cases: int

    @property
    def quarter(self) -> Quarter:
        return self.quarters[-1]

    @property
    def previous(self) -> Quarter:
        return self.quarters[-2]

    @property
    def days_left(self) -> int:
        """Calendar days after today until the quarter ends."""
        return (self.quarter.last_day - self.today).days

    @property
    def elapsed_share(self) -> float:
        """The share of the quarter's business days gone."""
        return self.business_days_elapsed / self.business_days_total if self.business_days_total else 1.0


def read(reporting: Reporting, run_id: int, database: str) -> Context:
    """The context of a run's publication; of its `as_of` when it published nothing.

    Raises:
        PageRefused: the run is not known, or has no `as_of` yet.
    """
    settings = company_settings(reporting)
    run = _run(reporting, run_id)
    zone = _zone(settings.get("time_zone", "UTC"))
    today = (run.as_of.astimezone(zone) - timedelta(microseconds=1)).date()
    quarters = fiscal_quarters(today, int(settings.get("fiscal_year_start_month", "1")))
    total, elapsed = _business_days(reporting, quarters[-1], today)
    return Context(
        run_id=run_id,
        run_label=run.label,
        company=settings.get("name", database.removeprefix("attain_")),
        database=database,
        currency=Currency(settings.get("currency", "USD").upper()),
        as_of=run.as_of.astimezone(UTC),
        published_at=run.published_at.astimezone(UTC) if run.published_at else None,
        today=today,
        quarters=quarters,
        business_days_total=total,
        business_days_elapsed=elapsed,
        sample=settings.get("sample"),
        minimum_cases=int(settings.get("minimum_cases", "5")),
    )


def company_settings(reporting: Reporting) -> dict[str, str]:
    """The company's settings as text, empty where none are published."""
    if not reporting.has("company_settings", "setting", "value"):
        return {}
    table = reporting.table("company_settings")
    return {row.setting: row.value for row in reporting.rows(sa.select(table.c.setting, table.c.value)) if row.value}


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


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise PageRefused(
            f"report: the company's time_zone {name!r} is not known. Correct it in company.yml."
        ) from error


def _run(reporting: Reporting, run_id: int) -> Row:
    runs = reporting.table("load_runs")
    run = reporting.one(
        sa.select(runs.c.run_id, runs.c.label, runs.c.as_of, runs.c.published_at).where(runs.c.run_id == run_id)
    )
    if run is None:
        raise PageRefused(f"report: there is no run {run_id} in reporting.load_runs. No page was written.")
    if run.as_of is None:
        raise PageRefused(f"report: run {run.label} read nothing yet, so it has no date. No page was written.")
    return run


def _business_days(reporting: Reporting, quarter: Quarter, today: date) -> tuple[int, int]:
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
