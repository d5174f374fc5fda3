"""Are the marts right? Sane rows, and sums that meet across marts; each suite as soon as its marts are built."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from attain import ops
from expectations.checks import Between, Check, NotBefore, NotNull, OneOf, Shapes, Suite, zero

_ENGINEERS = "data engineering"
_OPERATIONS = "sales operations"
_FINANCE = "finance"
_MEND = "The models disagree: compare the rows named, mend the model, run again."
_STAGES = (
    "lead_generation",
    "qualification",
    "needs_analysis",
    "proposal_and_negotiation",
    "closing",
    "post_sale",
    "lost",
)
_MOVEMENTS = (
    "created", "reopened", "restored", "transferred_in", "transferred_out", "pulled_in", "pushed_in", "increased", "decreased",
    "revalued", "pushed_out", "pulled_out", "won", "lost", "deleted",
)  # fmt: skip
_LARGE_ENOUGH = 100
_HALF_A_CENT = Decimal("0.005")


def suites(shapes: Shapes, after: int, as_of: datetime) -> Iterator[Suite]:
    """Every suite whose marts are built.

    Args:
        after: the last published run; rows that later runs wrote are not published yet.
        as_of: the run's clock.
    """
    made = (
        deals_suite(shapes, after),
        bookings_suite(shapes, after),
        bookings_meet_deals(shapes),
        movements_suite(shapes),
        movements_meet_deals(shapes, as_of),
        statements_meet_earnings(shapes),
        figures_meet_bookings(shapes),
        figures_suite(shapes),
        funnel_suite(shapes),
        volume_suite(shapes),
    )
    yield from (suite for suite in made if suite is not None)


def deals_suite(shapes: Shapes, after: int) -> Suite | None:
    """Each deal in itself."""
    needed = (
        "opportunity_key",
        "amount",
        "probability",
        "stage",
        "created_date",
        "close_date",
        "is_open",
        "is_won",
        "is_lost",
        "_run_id",
    )
    deals = shapes.table("marts", "pipeline_deals", *needed)
    if deals is None:
        return None
    outcomes = sum(
        (sa.cast(deals.c[name], sa.Integer) for name in ("is_open", "is_won", "is_lost")), start=sa.literal(0)
    )
    columns = [deals.c[name] for name in needed[:6]]
    query = sa.select(*columns, outcomes.label("outcomes")).where(deals.c["_run_id"] > after)
    in_source = "Correct the deals in their source, then run again."
    checks = (
        Check(NotNull("opportunity_key", "critical"), _MEND, _ENGINEERS),
        Check(Between("outcomes", 1, 1, "critical"), _MEND, _ENGINEERS, "each deal is either open, won or lost"),
        Check(Between("probability", 0, 1, "critical"), _MEND, _ENGINEERS, "probability is a share between 0 and 1"),
        Check(Between("amount", 0, None, "warn"), in_source, _OPERATIONS, "no deal has a negative amount"),
        Check(NotBefore("close_date", "created_date", "warn"), in_source, _OPERATIONS),
        Check(
            OneOf("stage", _STAGES, "warn"),
            "Add the source's stages to mappings/stages.csv of the company, then run again.",
            _OPERATIONS,
            "each deal's stage is mapped",
        ),
    )
    return Suite("marts", "marts.pipeline_deals", query, ("opportunity_key",), checks)


def bookings_suite(shapes: Shapes, after: int) -> Suite | None:
    """Each booked line in itself."""
    needed = ("booking_key", "booking_date", "net_amount", "rep_key", "account_key", "_run_id")
    bookings = shapes.table("marts", "bookings", *needed)
    if bookings is None:
        return None
    query = sa.select(*(bookings.c[name] for name in needed[:-1])).where(bookings.c["_run_id"] > after)
    checks = tuple(Check(NotNull(name, "critical"), _MEND, _ENGINEERS) for name in needed[:-1])
    return Suite("marts", "marts.bookings", query, ("booking_key",), checks)


def bookings_meet_deals(shapes: Shapes) -> Suite | None:
    """What was booked in a month is what its won deals and orders are worth."""
    deals = shapes.table("marts", "pipeline_deals", "close_date", "amount", "is_won")
    bookings = shapes.table("marts", "bookings", "booking_date", "net_amount")
    if deals is None or bookings is None:
        return None
    won = _by_month(deals, deals.c.close_date, deals.c.amount).where(deals.c.is_won).subquery("won")
    booked = _by_month(bookings, bookings.c.booking_date, bookings.c.net_amount).subquery("booked")
    query = sa.select(
        sa.func.coalesce(won.c.month, booked.c.month).label("month"),
        (sa.func.coalesce(booked.c.amount, 0) - sa.func.coalesce(won.c.amount, 0)).label("difference"),
    ).select_from(won.outerjoin(booked, won.c.month == booked.c.month, full=True))
    check = Check(
        zero("difference"), _MEND, _FINANCE, "bookings of each month are its won deals and orders, to the cent"
    )
    return Suite("marts", "marts.bookings", query, ("month",), (check,))


def movements_suite(shapes: Shapes) -> Suite | None:
    """Opening and movements make closing, and the next period opens where the last one closed."""
    amounts = ("opening_amount", *(f"{name}_amount" for name in _MOVEMENTS), "closing_amount")
    names = ("scope", "basis", "period_type", "period_start", "rep_key")
    rows = shapes.table("marts", "pipeline_movements", *names, *amounts)
    if rows is None:
        return None
    moved = sum((sa.func.coalesce(rows.c[name], 0) for name in amounts[:-1]), start=sa.literal(0))
    query = sa.select(
        *(rows.c[name] for name in names), (moved - sa.func.coalesce(rows.c.closing_amount, 0)).label("difference")
    )
    check = Check(zero("difference"), _MEND, _ENGINEERS, "opening and movements make closing, to the cent")
    return Suite("marts", "marts.pipeline_movements", query, names, (check,))


def movements_meet_deals(shapes: Shapes, as_of: datetime) -> Suite | None:
    """The pipeline that the movements end with is the pipeline that is open, both at the rates of the run's day.

    A deal's own amount is at its close date's rate, which may be another year's.
    """
    rows = shapes.table(
        "marts", "pipeline_movements", "scope", "basis", "period_type", "period_start", "closing_amount"
    )
    still_open = _open_amount(shapes, as_of)
    if rows is None or still_open is None:
        return None
    # Joined, not looked up per row: a row's own maximum is a scan of the table for each of its rows.
    last = (
        sa.select(rows.c.period_type, sa.func.max(rows.c.period_start).label("period_start"))
        .where(rows.c.scope == "open")
        .group_by(rows.c.period_type)
        .subquery("last")
    )
    of_last = sa.and_(last.c.period_type == rows.c.period_type, last.c.period_start == rows.c.period_start)
    closing = (
        sa.select(rows.c.basis, rows.c.period_type, sa.func.sum(rows.c.closing_amount).label("amount"))
        .select_from(rows.join(last, of_last))
        .where(rows.c.scope == "open")
        .group_by(rows.c.basis, rows.c.period_type)
        .subquery("closing")
    )
    query = sa.select(
        closing.c.basis, closing.c.period_type, (sa.func.coalesce(closing.c.amount, 0) - still_open).label("difference")
    )
    to_the_cent = Between("difference", -_HALF_A_CENT, _HALF_A_CENT, "critical")
    check = Check(to_the_cent, _MEND, _ENGINEERS, "the movements end with what is open now, to the cent")
    return Suite("marts", "marts.pipeline_movements", query, ("basis", "period_type"), (check,))


def _open_amount(shapes: Shapes, as_of: datetime) -> sa.ScalarSelect[Decimal] | None:
    """What is open, each deal's own amount at the rate of the day of `as_of` in the company's time zone."""
    deals = shapes.table("marts", "pipeline_deals", "amount_local", "currency_code", "is_open")
    rates = shapes.table("core", "exchange_rates", "from_currency", "valid_from", "valid_to", "rate")
    company = shapes.table("core", "company", "time_zone")
    if deals is None or rates is None or company is None:
        return None
    moment = sa.literal(as_of, sa.DateTime(timezone=True))
    day = sa.select(sa.cast(sa.func.timezone(company.c.time_zone, moment), sa.Date)).scalar_subquery()
    of_the_day = sa.and_(
        rates.c.from_currency == deals.c.currency_code,
        rates.c.valid_from <= day,
        sa.or_(rates.c.valid_to.is_(None), rates.c.valid_to > day),
    )
    amount = sa.cast(deals.c.amount_local * rates.c.rate, sa.Numeric(20, 6))
    total = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).select_from(deals.join(rates, of_the_day))
    return total.where(deals.c.is_open).scalar_subquery()


def statements_meet_earnings(shapes: Shapes) -> Suite | None:
    """What a statement says is what was earned, line by line."""
    names = ("rep_key", "plan_id", "component", "period_start")
    statements = shapes.table("marts", "commission_statements", *names, "earning_amount")
    earnings = shapes.table("marts", "commission_earnings", *names, "earning_amount")
    if statements is None or earnings is None:
        return None
    said, earned = (
        sa.select(*(rows.c[name] for name in names), sa.func.sum(rows.c.earning_amount).label("amount"))
        .group_by(*(rows.c[name] for name in names))
        .subquery(label)
        for rows, label in ((statements, "said"), (earnings, "earned"))
    )
    same = sa.and_(*(said.c[name] == earned.c[name] for name in names))
    query = sa.select(
        *(sa.func.coalesce(said.c[name], earned.c[name]).label(name) for name in names),
        (sa.func.coalesce(said.c.amount, 0) - sa.func.coalesce(earned.c.amount, 0)).label("difference"),
    ).select_from(said.outerjoin(earned, same, full=True))
    check = Check(zero("difference"), _MEND, _FINANCE, "statements are the earnings behind them, to the cent")
    return Suite("marts", "marts.commission_statements", query, names, (check,))


def figures_meet_bookings(shapes: Shapes) -> Suite | None:
    """The reps' bookings of a period add up to the company's."""
    figures = shapes.table("marts", "kpi_rep_period", "period_type", "period_start", "period_end", "bookings_amount")
    bookings = shapes.table("marts", "bookings", "booking_date", "net_amount")
    if figures is None or bookings is None:
        return None
    names = ("period_type", "period_start", "period_end")
    summed = (
        sa.select(*(figures.c[name] for name in names), sa.func.sum(figures.c.bookings_amount).label("amount"))
        .group_by(*(figures.c[name] for name in names))
        .subquery("summed")
    )
    daily = (
        sa.select(bookings.c.booking_date.label("day"), sa.func.sum(bookings.c.net_amount).label("amount"))
        .group_by(bookings.c.booking_date)
        .subquery("daily")
    )
    inside = sa.and_(daily.c.day >= summed.c.period_start, daily.c.day < summed.c.period_end)
    booked = sa.func.coalesce(sa.func.sum(daily.c.amount), 0)
    query = (
        sa.select(
            summed.c.period_type,
            summed.c.period_start,
            (sa.func.coalesce(summed.c.amount, 0) - booked).label("difference"),
        )
        .select_from(summed.outerjoin(daily, inside))
        .group_by(*(summed.c[name] for name in names), summed.c.amount)
    )
    check = Check(zero("difference"), _MEND, _ENGINEERS, "the reps' bookings add up to the company's, to the cent")
    return Suite("marts", "marts.kpi_rep_period", query, ("period_type", "period_start"), (check,))


def figures_suite(shapes: Shapes) -> Suite | None:
    """Rates are shares, where there is something to divide by."""
    names = ("period_type", "period_start", "rep_key", "win_rate", "win_rate_value", "discount_rate")
    figures = shapes.table("marts", "kpi_rep_period", *names)
    if figures is None:
        return None
    checks = tuple(
        Check(Between(name, 0, 1, severity), _MEND, _ENGINEERS, f"{name} is a share between 0 and 1")  # type: ignore[arg-type]
        for name, severity in (("win_rate", "critical"), ("win_rate_value", "warn"), ("discount_rate", "warn"))
    )
    return Suite("marts", "marts.kpi_rep_period", sa.select(*(figures.c[n] for n in names)), names[:3], checks)


def funnel_suite(shapes: Shapes) -> Suite | None:
    """Nobody converts who did not enter."""
    key = (
        "dimension_level",
        "cohort_period_type",
        "cohort_start",
        "funnel_stage",
        "channel",
        "segment",
        "region",
        "rep_key",
    )
    rows = shapes.table("marts", "funnel_conversion", *key, "people_entered", "people_converted", "conversion_rate")
    if rows is None:
        return None
    lost = (rows.c.people_entered - sa.func.coalesce(rows.c.people_converted, 0)).label("people_lost")
    query = sa.select(*(rows.c[name] for name in key), lost, rows.c.conversion_rate)
    checks = (
        Check(Between("people_lost", 0, None, "critical"), _MEND, _ENGINEERS, "no more people convert than entered"),
        Check(
            Between("conversion_rate", 0, 1, "critical"),
            _MEND,
            _ENGINEERS,
            "conversion_rate is a share between 0 and 1",
        ),
    )
    return Suite("marts", "marts.funnel_conversion", query, key, checks)


def volume_suite(shapes: Shapes) -> Suite | None:
    """No mart shrinks to less than half of what is published, nor grows beyond three times."""
    names = shapes.names("marts")
    if not names:
        return None
    counted = [
        sa.select(sa.literal(name).label("table_name"), sa.func.count().label("rows")).select_from(
            sa.table(name, schema="marts")
        )
        for name in names
    ]
    now = sa.union_all(*counted).subquery("now")
    tables = ops.publication_tables
    last = sa.select(sa.func.max(tables.c.publication_id)).scalar_subquery()
    ratio = sa.cast(sa.cast(now.c.rows, sa.Numeric) / tables.c.rows_total, sa.Numeric(20, 6))
    query = (
        sa.select(now.c.table_name, ratio.label("ratio"))
        .select_from(now.join(tables, tables.c.table_name == now.c.table_name))
        .where(tables.c.publication_id == last, tables.c.rows_total >= _LARGE_ENOUGH)
    )
    check = Check(
        Between("ratio", Decimal("0.5"), 3, "warn"),
        "Look which source shrank or grew (checks on raw), and whether that is meant.",
        _ENGINEERS,
        "each mart has between half and three times the rows that are published",
    )
    return Suite("marts", "marts", query, ("table_name",), (check,))


def _by_month(
    rows: sa.TableClause, day: sa.ColumnElement[object], amount: sa.ColumnElement[object]
) -> sa.Select[object, object]:
    month = sa.cast(sa.func.date_trunc("month", day), sa.Date).label("month")
    return sa.select(month, sa.func.sum(amount).label("amount")).select_from(rows).group_by(sa.text("1"))
