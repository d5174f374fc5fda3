"""Templates of what is known of people nobody knows by name: advertisements and visits, by day."""

from attain.rules import Between
from attain.table import DATE, MONEY, TEXT, WHOLE, Column, Table
from extract.templates.shared import CURRENCY, DELETED, UPDATED, ref

_WHOLE_CHANNEL = "(all)"

AD_PERFORMANCE = Table(
    "files__ad_performance",
    (
        Column("performance_date", DATE, "The day.", required=True, aliases=("Date", "Day")),
        Column("channel", TEXT, "Channel or platform; `mappings/lead_sources.csv` makes it canonical.", required=True, aliases=("Platform", "Network", "Source")),
        Column("campaign", TEXT, "The campaign, as the platform calls it; empty: the whole channel.", default=_WHOLE_CHANNEL, aliases=("Campaign name",)),
        ref("campaign_id", "campaigns", "The campaign, where the CRM knows it.", "CampaignId"),
        Column("impressions", WHOLE, "Times shown.", aliases=("Impr.", "Views")),
        Column("clicks", WHOLE, "Clicks."),
        Column("cost", MONEY, "What the platform charged.", aliases=("Spend", "Amount spent")),
        CURRENCY, UPDATED, DELETED,
    ),
    ("performance_date", "channel", "campaign"),
    "updated_at",
    "Advertising by day, channel and campaign; a day handed in again replaces what was known of it.",
    (Between("impressions", 0), Between("clicks", 0)),
)  # fmt: skip

WEB_SESSIONS = Table(
    "files__web_sessions",
    (
        Column("session_date", DATE, "The day.", required=True, aliases=("Date", "Day")),
        Column("channel", TEXT, "Where the visits came from; `mappings/lead_sources.csv` makes it canonical.", required=True, aliases=("Source", "Default channel group", "Session default channel group")),
        Column("campaign", TEXT, "The campaign, as the analytics tool calls it; empty: the whole channel.", default=_WHOLE_CHANNEL, aliases=("Campaign name", "Session campaign")),
        Column("sessions", WHOLE, "Visits.", required=True, aliases=("Visits",)),
        Column("visitors", WHOLE, "Visitors of that day; they do not add up over days.", aliases=("Users", "Total users", "Unique visitors")),
        Column("new_visitors", WHOLE, "Of these, those never seen before.", aliases=("New users",)),
        Column("page_views", WHOLE, "Pages seen.", aliases=("Pageviews",)),
        UPDATED, DELETED,
    ),
    ("session_date", "channel", "campaign"),
    "updated_at",
    "Visits of the web site by day, channel and campaign, without anybody's name.",
    (Between("sessions", 0), Between("visitors", 0), Between("new_visitors", 0), Between("page_views", 0)),
)  # fmt: skip
