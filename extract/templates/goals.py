"""Templates of goals from company to rep, and of the talks about them."""

from attain.rules import Between, OneOf
from attain.table import DATE, MONEY, TEXT, WHOLE, Column, Table
from extract.templates.shared import CREATED, CURRENCY, DELETED, UPDATED, key, name_of, ref

GOALS = Table(
    "files__goals",
    (
        key("goal_id", "The goal's id.", "Id", "Goal", "Objective ID"),
        ref("parent_goal_id", "goals", "The goal it serves.", "ParentId", "Parent goal", "Parent"),
        Column("goal_name", TEXT, "What is to be achieved, in a line.", aliases=("Name", "Title", "Objective")),
        Column("description", TEXT, "How it will be known that it is achieved.", aliases=("Details", "Key result")),
        Column("subject_level", TEXT, "Whose goal it is.", required=True, aliases=("Level", "Scope")),
        ref("rep_id", "reps", "The rep, where the level is rep.", "OwnerId"),
        name_of("rep_name", "The rep's name, where no id is known.", "Sales rep", "Salesperson", "Rep"),
        Column("subject_name", TEXT, "The team or the region, as reps name it, where the level is team or region.", aliases=("Team", "Region", "Subject")),
        Column("measure", TEXT, "What is counted: bookings, pipeline_created, won_deals, created_deals, activities, calls, emails or meetings; empty: it cannot be measured.", aliases=("Metric", "KPI")),
        Column("period_type", TEXT, "The fiscal period the goal is set for; empty: month.", default="month"),
        Column("period_start", DATE, "A day of that period; empty: no time is set.", aliases=("StartDate", "Month", "Quarter", "Period", "Start")),
        Column("target_amount", MONEY, "What is to be reached; empty: it cannot be measured.", aliases=("Target", "Target value", "Goal amount")),
        CURRENCY,
        Column("status", TEXT, "draft and cancelled goals count nowhere but in goal_quality and goal_reviews; empty: active.", default="active", aliases=("State",)),
        ref("owner_id", "reps", "Who answers for it."),
        name_of("owner_name", "That person's name, where no id is known.", "Owner", "Goal owner", "Responsible"),
        CREATED, UPDATED, DELETED,
    ),
    ("goal_id",),
    "updated_at",
    "Goals of the company, its regions, teams and reps, each linked to the one it serves.",
    (
        OneOf("subject_level", ("rep", "team", "region", "company")),
        OneOf("period_type", ("month", "quarter", "year")),
        OneOf("status", ("draft", "active", "achieved", "missed", "cancelled")),
        Between("target_amount", 0),
    ),
)  # fmt: skip

GOAL_CHECKINS = Table(
    "files__goal_checkins",
    (
        key("checkin_id", "The check-in's id.", "Id"),
        ref("goal_id", "goals", "The goal it is about.", "Goal", "Objective ID", required=True),
        Column("planned_date", DATE, "Day it is due; of one that nobody planned, the day it was held.", required=True, aliases=("Due date", "Planned", "Date")),
        Column("held_date", DATE, "Day it was held; empty: not held.", aliases=("Held", "Completed", "Completed date")),
        Column("rating", WHOLE, "How the goal stands, 1 (lost) to 5 (certain).", aliases=("Confidence", "Score")),
        Column("note", TEXT, "What was agreed.", personal=True, aliases=("Comment", "Notes")),
        ref("reviewer_id", "reps", "Who held it."),
        UPDATED, DELETED,
    ),
    ("checkin_id",),
    "updated_at",
    "Talks about goals, planned and held.",
    (Between("rating", 1, 5),),
)  # fmt: skip
