"""The report: what the warehouse knows, one question after the other."""

from dataclasses import dataclass
from pathlib import Path

from attain import postgres
from attain.settings import Database
from report import context as contexts
from report import data, figures, files, render
from report.blocks import bridge, commission, finish, funnel, guide, headline, notice, pace, stages, trust
from report.context import Context
from report.data import Reporting
from report.figures import Figures, Goal
from report.words import day, percent, plural


@dataclass(frozen=True)
class Lede:
    """The first paragraph; `step` is (the funnel's bottleneck, what is unusual about it)."""

    text: str
    step: tuple[str, str] | None


def write(database: Database, run_id: int, out: Path) -> Path:
    """Write the report of a run to `out`, as one file.

    Raises:
        PageRefused: the run is not known or a table does not add up; the last good page stays.
        DatabaseError: the database went away.
    """
    with data.reading(postgres.engine(database, "analyst")) as reporting:
        return files.put(html(reporting, contexts.read(reporting, run_id, database.name)), out)


def html(reporting: Reporting, context: Context) -> str:
    """The report of a publication."""
    shared = figures.read(reporting, context)
    found_funnel = funnel.read(reporting, context)
    found_pace = pace.read(reporting, context, shared)
    order = found_pace if isinstance(found_pace, pace.Pace) else None
    return render.page(
        "report.html",
        {
            "page": "report",
            "context": context,
            "notice": notice.read(reporting, context),
            "lede": Lede(
                _lede(context, shared), found_funnel.lede if isinstance(found_funnel, funnel.Funnel) else None
            ),
            "period": _period(context, shared.goal(context.quarter)),
            "figures": headline.read(context, shared),
            "bridge": bridge.read(reporting, context, shared),
            "stages": stages.read(reporting, context, shared),
            "funnel": found_funnel,
            "pace": found_pace,
            "commission": commission.read(reporting, context, shared, order),
            "trust": trust.read(reporting, context),
            "guide": guide.read(reporting, context),
        },
    )


def _lede(context: Context, shared: Figures) -> str:
    money, quarter = context.currency, context.quarter.name
    goal = shared.goal(context.quarter)
    if not context.is_current:
        return (
            f"{context.quarter.title} bookings were {money.headline(shared.bookings)}. {_ever(context, shared)}".strip()
        )
    start = f"{quarter} bookings are {money.headline(shared.bookings)}"
    gone = f"{percent(context.elapsed_share, 0)} of working days gone"
    if goal is not None and goal.attainment is not None:
        lands = finish.sentence(context, finish.read(context, shared), goal)
        return f"{start}: {percent(goal.attainment, 0)} of target with {gone}. {lands}".strip()
    before = figures.at_same_point(shared.previous_by_day, context.previous, context)
    if before:
        word = "above" if shared.bookings >= before else "below"
        return f"{start} with {gone}: {percent(abs(shared.bookings / before - 1), 0)} {word} {context.previous.name} at this point."
    return f"{start} with {gone}; {money.headline(shared.open_amount)} more is open with a close date in {quarter}."


def _ever(context: Context, shared: Figures) -> str:
    """All deals in one sentence, for a company whose data ends before the current quarter."""
    if shared.ever is None:
        return ""
    money = context.currency.headline
    ever = shared.ever
    ways = (("won", ever.won), ("lost", ever.lost), ("open", ever.open))
    parts = [f"{deals:,} {word} for {money(amount)}" for word, (deals, amount) in ways if deals]
    (deals, amount), won, lost = ever.deals, ever.won[0], ever.lost[0]
    if len(parts) == 1:
        return f"In all {plural(deals, 'deal')} for {money(amount)}, {'' if deals == 1 else 'all '}{parts[0].split(' ')[1]}."
    rate = f"; win rate {percent(won / (won + lost))}" if lost else ""
    return f"In all {plural(deals, 'deal')} for {money(amount)}: {', '.join(parts)}{rate}."


def _period(context: Context, goal: Goal | None) -> str:
    quarter = context.quarter
    if not context.is_current:
        return (
            f"{quarter.title}, {quarter.span}: the last quarter with bookings or closed deals. Nothing is booked, closed or "
            f"due in the quarter of {day(context.as_of.date())}, the day looked from. All money in {context.currency.name}."
        )
    gone = f"{context.business_days_elapsed} of {context.business_days_total} working days"
    pace = context.elapsed_share if goal is None else headline.expected(context, goal)
    usual = (
        f"so pace is {percent(pace)}"
        if percent(pace) == percent(context.elapsed_share)
        else f"by now past quarters had booked {percent(pace)}, which is the pace"
    )
    return (
        f"{quarter.title}, {quarter.span}. Data to {day(context.today)}: {gone}, {usual}. "
        f"All money in {context.currency.name}."
    )
