"""Where do I look next? The tables behind this page, with one query to start from."""

from dataclasses import dataclass

from report.context import Context
from report.data import Reporting

_QUESTIONS = (
    ("goal_attainment", "Who is on pace?"),
    ("goal_alignment", "Do the goals add up?"),
    ("pipeline_movements", "Why did the pipeline change?"),
    ("funnel_conversion", "Where do we lose people?"),
    ("commission_statements", "Who is paid what?"),
    ("bookings", "What was sold?"),
    ("pipeline_deals", "Which deals are behind it?"),
    ("kpi_rep_period", "How does each rep perform?"),
    ("retention_rates", "Do customers stay?"),
)


@dataclass(frozen=True)
class Guide:
    """`tables` are (question, table, rows); `query` runs as it stands."""

    query: str
    connect: str
    tables: tuple[tuple[str, str, int], ...]
    others: int


def read(reporting: Reporting, context: Context) -> Guide:
    """The published tables that answer something here, with how many rows each holds."""
    tables = tuple(
        (question, f"reporting.{name}", rows)
        for name, question in _QUESTIONS
        if reporting.has(name) and (rows := reporting.count(name))
    )
    return Guide(_query(reporting, context), 'psql "$(attain url)"', tables, len(reporting.names) - len(tables))


def _query(reporting: Reporting, context: Context) -> str:
    if reporting.has("goal_attainment", "subject_name", "attainment", "pace", "level", "period_type", "period_start"):
        lines = [
            "select subject_name, attainment, pace",
            "from   reporting.goal_attainment",
            f"where  period_start = '{context.quarter.start}'",
            "  and  period_type = 'quarter'",
            "  and  level = 'rep'",
            "order  by attainment desc",
        ]
    else:
        lines = [
            "select stage, count(*), sum(amount)",
            "from   reporting.pipeline_deals",
            "where  is_open",
            "group  by stage",
            "order  by 3 desc",
        ]
    return 'attain sql "\n' + "\n".join(f"  {line}" for line in lines) + '"'
