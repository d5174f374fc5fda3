"""What every block of a page shares: the company, its currency, the publication and the period looked at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from attain.errors import PageRefused
from report.data import Reporting, Row
from report.money import Currency
from report.period import Quarter, business_days, day_looked_at, fiscal_quarters, fiscal_start_month
from report.words import called

DEMO = "attain_demo"


@dataclass(frozen=True)
class Context:
    """The same for all blocks of one page.

    Args:
        as_of: the publication's clock, UTC.
        sample: what the badge says where the data is invented; None for a real company.
        today: the last day the data covers, in the company's time zone; the quarter's last day where it is over.
        quarters: the fiscal quarter looked at last, with eight before it.
        to_date: the same, ending with the quarter that holds `as_of`.
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
    to_date: tuple[Quarter, ...]
    business_days_total: int
    business_days_elapsed: int
    sample: str | None

    @property
    def quarter(self) -> Quarter:
        return self.quarters[-1]

    @property
    def is_current(self) -> bool:
        """Whether the quarter looked at holds `as_of`; else nothing is recorded for the one that does."""
        return self.quarter == self.to_date[-1]

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
        PageRefused: the run is not known.
    """
    settings = company_settings(reporting)
    run = _run(reporting, run_id)
    zone = _zone(settings.get("time_zone", "UTC"))
    today = (run.as_of.astimezone(zone) - timedelta(microseconds=1)).date()
    month = int(settings.get("fiscal_year_start_month") or fiscal_start_month(reporting, today))
    to_date = fiscal_quarters(today, month)
    quarters = fiscal_quarters(day_looked_at(reporting, to_date[-1], today), month)
    today = min(today, quarters[-1].last_day)
    total, elapsed = business_days(reporting, quarters[-1], today)
    return Context(
        run_id=run_id,
        run_label=run.label,
        company=called(settings.get("name"), database.removeprefix("attain_")),
        database=database,
        currency=Currency(settings.get("currency", "USD").upper()),
        as_of=run.as_of.astimezone(UTC),
        published_at=run.published_at.astimezone(UTC) if run.published_at else None,
        today=today,
        quarters=quarters,
        to_date=to_date,
        business_days_total=total,
        business_days_elapsed=elapsed,
        sample=settings.get("sample") or ("Sample data" if database == DEMO else None),
    )


def company_settings(reporting: Reporting) -> dict[str, str]:
    """The company's settings as text, empty where none are published."""
    if not reporting.has("company_settings", "setting", "value"):
        return {}
    table = reporting.table("company_settings")
    return {row.setting: row.value for row in reporting.rows(sa.select(table.c.setting, table.c.value)) if row.value}


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise PageRefused(
            f"report: the company's time_zone {name!r} is not known. Correct it in company.yml."
        ) from error


def _run(reporting: Reporting, run_id: int) -> Row:
    """The run; one that stopped before its sources said what time it is, as of its start."""
    runs = reporting.table("load_runs")
    as_of = sa.func.coalesce(runs.c.as_of, runs.c.started_at).label("as_of")
    run = reporting.one(
        sa.select(runs.c.run_id, runs.c.label, as_of, runs.c.published_at).where(runs.c.run_id == run_id)
    )
    if run is None:
        raise PageRefused(f"report: there is no run {run_id} in reporting.load_runs. No page was written.")
    return run
