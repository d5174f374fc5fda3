"""The templates of a folder of files: every table a company can hand in, column by column.

`docs/files.md` is generated from these; the extractor, landing, staging models and checks all read them.
Aliases are the names Salesforce's own exports use, so that those need no mapping.
"""

from attain.rules import Between, NotBefore, OneOf
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table

_CREATED = Column(
    "created_at",
    TIME,
    "When the record was created.",
    aliases=(
        "CreatedDate",
        "Create Date",
        "Created Time",
        "Created On", "Created At",
        "Date Created",
        "Add time",
        "Deal created",
        "Lead created",
    ),
)
_UPDATED = Column(
    "updated_at",
    TIME,
    "When it was last changed.",
    aliases=("SystemModstamp", "LastModifiedDate", "Modified Time", "Modified On", "Last Modified", "Update time"),
)
_DELETED = Column("is_deleted", FLAG, "True when the source marks it deleted.", aliases=("IsDeleted",))
_CURRENCY = Column(
    "currency_code",
    TEXT,
    "ISO 4217 code; empty means the company's currency.",
    aliases=("CurrencyIsoCode", "Currency", "Deal currency"),
)


def _ref(name: str, to: str, description: str, *aliases: str, required: bool = False) -> Column:
    return Column(name, TEXT, description, refers_to=to, aliases=aliases, required=required)


def _name(name: str, description: str, *aliases: str) -> Column:
    return Column(name, TEXT, description, personal=True, aliases=aliases)


def _key(name: str, description: str, *aliases: str) -> Column:
    return Column(name, TEXT, description, required=True, aliases=(*aliases,))


ACCOUNTS = Table(
    "files__accounts",
    (
        _key("account_id", "The account's id in its source; the name where the file has none.", "Id", "AccountId", "Company ID", "Organization ID", "Customer ID", "Record ID", "Record ID - Company"),
        Column("account_name", TEXT, "The company's name.", aliases=("Name", "AccountName", "Company name", "Company", "Organization", "Organization name", "Customer", "Customer name", "Account")),
        _ref("parent_account_id", "accounts", "The account it belongs to.", "ParentId"),
        Column("parent_account_name", TEXT, "That account's name, where no id is known.", aliases=("Parent account", "Parent company", "Subsidiary of")),
        Column("segment", TEXT, "Market segment, as the company calls it.", aliases=("Segment__c",)),
        Column("account_type", TEXT, "Customer, prospect, partner...", aliases=("Type",)),
        Column("industry", TEXT, "Industry.", aliases=("Industry", "Sector")),
        Column("region", TEXT, "Sales region.", aliases=("Region__c",)),
        Column("country", TEXT, "Country of the billing address.", aliases=("BillingCountry", "Country/Region")),
        Column("employee_count", WHOLE, "Employees.", aliases=("NumberOfEmployees", "Employees")),
        Column("annual_revenue", MONEY, "Yearly revenue.", aliases=("AnnualRevenue",)),
        _ref("owner_id", "reps", "The rep who owns the account.", "OwnerId"),
        _name("owner_name", "That rep's name, where no id is known.", "Account owner", "Company owner", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        _CURRENCY, _CREATED, _UPDATED, _DELETED,
    ),
    ("account_id",),
    "updated_at",
    "Companies that buy, or may.",
)  # fmt: skip

CONTACTS = Table(
    "files__contacts",
    (
        _key("contact_id", "The contact's id in its source; the e-mail where the file has none.", "Id", "ContactId", "Record ID", "Record ID - Contact"),
        _ref("account_id", "accounts", "The account this person works for.", "AccountId", "Company ID", "Organization ID", "Primary Associated Company ID"),
        Column("account_name", TEXT, "That account's name, where no id is known.", aliases=("Company name", "Company", "Organization", "Primary Associated Company")),
        Column("full_name", TEXT, "Full name.", personal=True, aliases=("Name", "Contact name", "Lead name", "Person")),
        Column("email", TEXT, "E-mail address; joins leads and contacts into one person.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        Column("title", TEXT, "Job title.", personal=True, aliases=("Title", "Job title")),
        Column("lead_source", TEXT, "Where the person came from.", aliases=("LeadSource", "Source", "Original Source", "Original Traffic Source")),
        _ref("owner_id", "reps", "The rep who owns the contact.", "OwnerId"),
        _name("owner_name", "That rep's name, where no id is known.", "Contact owner", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        _CREATED, _UPDATED, _DELETED,
    ),
    ("contact_id",),
    "updated_at",
    "People at accounts.",
)  # fmt: skip

LEADS = Table(
    "files__leads",
    (
        _key("lead_id", "The lead's id in its source; the e-mail where the file has none.", "Id", "LeadId", "Record ID", "Record ID - Lead"),
        Column("full_name", TEXT, "Full name.", personal=True, aliases=("Name", "Contact name", "Lead name", "Person")),
        Column("email", TEXT, "E-mail address.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        Column("company_name", TEXT, "The company the person names.", aliases=("Company", "Organization")),
        Column("lead_source", TEXT, "Where the lead came from.", aliases=("LeadSource", "Source", "Original Source", "Original Traffic Source")),
        Column("status", TEXT, "Lead status, as the company calls it.", aliases=("Status", "Lead status")),
        Column("industry", TEXT, "Industry.", aliases=("Industry", "Sector")),
        Column("country", TEXT, "Country.", aliases=("Country",)),
        Column("segment", TEXT, "Market segment.", aliases=("Segment__c",)),
        Column("region", TEXT, "Sales region.", aliases=("Region__c",)),
        _ref("owner_id", "reps", "The rep who works the lead.", "OwnerId"),
        _name("owner_name", "That rep's name, where no id is known.", "Lead owner", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        Column("is_converted", FLAG, "True once converted.", aliases=("IsConverted",)),
        Column("converted_at", TIME, "When it was converted.", aliases=("ConvertedDate",)),
        _ref("converted_account_id", "accounts", "The account made of it.", "ConvertedAccountId"),
        _ref("converted_contact_id", "contacts", "The contact made of it.", "ConvertedContactId"),
        _ref("converted_opportunity_id", "opportunities", "The deal made of it.", "ConvertedOpportunityId"),
        _CREATED, _UPDATED, _DELETED,
    ),
    ("lead_id",),
    "updated_at",
    "People who showed interest and are not yet contacts.",
)  # fmt: skip

OPPORTUNITIES = Table(
    "files__opportunities",
    (
        _key("opportunity_id", "The deal's id in its source.", "Id", "OpportunityId", "Deal ID", "Record ID", "Record ID - Deal", "Potential ID", "(Do Not Modify) Opportunity"),
        Column("opportunity_name", TEXT, "The deal's name.", aliases=("Name", "Deal name", "Deal title", "Title", "Potential name", "Topic", "Deal")),
        _ref("account_id", "accounts", "The account that would buy.", "AccountId", "Company ID", "Organization ID", "Deal - Organization ID", "Primary Associated Company ID", "Associated Company IDs"),
        Column("account_name", TEXT, "The account's name, where no id is known.", aliases=("Account", "Company", "Company name", "Organization", "Deal - Organization", "Associated Company", "Primary Associated Company", "Customer", "Customer name", "Potential customer", "Client")),
        _ref("owner_id", "reps", "The rep who owns the deal.", "OwnerId", "Deal owner ID", "HubSpot Owner ID"),
        _name("owner_name", "The rep's name, where no id is known.", "Deal owner", "Opportunity owner", "Potential owner", "Sales agent", "Seller", "Owned by", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        Column("amount", MONEY, "Deal amount in its currency; empty when not known.", aliases=("Amount", "Deal amount", "Deal value", "Value", "Opportunity amount", "Est. revenue", "Estimated revenue", "Close value", "Contract value", "Deal size", "Amount in company currency")),
        _CURRENCY,
        Column("stage", TEXT, "Stage, as the company calls it; `mappings/stages.csv` makes it canonical.", required=True, aliases=("StageName", "Deal stage", "Sales stage", "Pipeline stage")),
        Column("close_date", DATE, "Day it closed, or is expected to.", required=True, aliases=("CloseDate", "Closing date", "Expected close date", "Deal - Expected close date", "Est. close date", "Closed date")),
        Column("is_closed", FLAG, "True when closed; empty: as the stage says.", aliases=("IsClosed", "Closed", "Is Deal Closed?")),
        Column("is_won", FLAG, "True when won; empty: as the stage says.", aliases=("IsWon", "Won", "Is Closed Won")),
        Column("probability", RATE, "Chance of winning as a percentage, 0 to 100.", aliases=("Probability", "Probability (%)", "Deal probability", "Win probability")),
        Column("forecast_category", TEXT, "Omitted, Pipeline, BestCase, Forecast/Commit, Closed.", aliases=("ForecastCategory", "ForecastCategoryName")),
        Column("lead_source", TEXT, "Where the deal came from.", aliases=("LeadSource", "Source", "Original Source", "Original Traffic Source")),
        Column("opportunity_type", TEXT, "New business, renewal...", aliases=("Type", "Deal type", "Opportunity type")),
        _ref("campaign_id", "campaigns", "The campaign credited by the source.", "CampaignId"),
        Column("next_step", TEXT, "What is to happen next.", aliases=("NextStep",)),
        Column("loss_reason", TEXT, "Why it was lost (or won).", aliases=("Loss_Reason__c", "Loss reason", "Lost reason", "Closed lost reason", "Reason for loss", "Deal - Lost reason")),
        Column("last_activity_date", DATE, "Day of the last activity on it.", aliases=("LastActivityDate", "Last activity")),
        _CREATED, _UPDATED, _DELETED,
    ),
    ("opportunity_id",),
    "updated_at",
    "Deals, open and closed.",
    (Between("probability", 0, 100, "warn"),),
)  # fmt: skip

OPPORTUNITY_HISTORY = Table(
    "files__opportunity_history",
    (
        _key("history_id", "Id of the change; made from deal, time and row where the file has none.", "Id", "OpportunityHistoryId"),
        _ref("opportunity_id", "opportunities", "The deal that changed.", "OpportunityId", required=True),
        Column("changed_at", TIME, "When it changed.", required=True, aliases=("CreatedDate",)),
        Column("stage", TEXT, "Stage after the change.", aliases=("StageName",)),
        Column("amount", MONEY, "Amount after the change.", aliases=("Amount",)),
        Column("close_date", DATE, "Close date after the change.", aliases=("CloseDate",)),
        Column("probability", RATE, "Probability after the change, 0 to 100.", aliases=("Probability",)),
        Column("forecast_category", TEXT, "Forecast category after the change.", aliases=("ForecastCategory",)),
        _DELETED,
    ),
    ("history_id",),
    None,
    "The deal as it stood after each change (wide form).",
)  # fmt: skip

OPPORTUNITY_FIELD_HISTORY = Table(
    "files__opportunity_field_history",
    (
        _key("history_id", "Id of the change.", "Id"),
        _ref("opportunity_id", "opportunities", "The deal that changed.", "OpportunityId", required=True),
        Column("changed_at", TIME, "When it changed.", required=True, aliases=("CreatedDate",)),
        Column("field", TEXT, "Which field: stage, amount, close_date, owner_id, is_deleted, currency_code...", required=True, aliases=("Field",)),
        Column("old_value", TEXT, "Value before; empty means it had none.", aliases=("OldValue",)),
        Column("new_value", TEXT, "Value after; empty means it was cleared.", aliases=("NewValue",)),
        _DELETED,
    ),
    ("history_id",),
    None,
    "One row per changed field (long form).",
)  # fmt: skip

OPPORTUNITY_LINES = Table(
    "files__opportunity_lines",
    (
        _key("line_id", "The line's id.", "Id"),
        _ref("opportunity_id", "opportunities", "The deal it belongs to.", "OpportunityId", required=True),
        _ref("product_id", "products", "The product.", "Product2Id"),
        Column("product_name", TEXT, "Its name, where no product id is known.", aliases=("Name", "Product")),
        Column("quantity", MONEY, "Units.", aliases=("Quantity",)),
        Column("unit_list_price", MONEY, "List price of one unit.", aliases=("ListPrice",)),
        Column("unit_price", MONEY, "Price of one unit as sold.", aliases=("UnitPrice",)),
        Column("amount", MONEY, "Line amount net of discount.", aliases=("TotalPrice",)),
        Column("cost_amount", MONEY, "What the line costs us, where known."),
        _UPDATED, _DELETED,
    ),
    ("line_id",),
    "updated_at",
    "Product lines of deals.",
)  # fmt: skip

OPPORTUNITY_SPLITS = Table(
    "files__opportunity_splits",
    (
        _key("split_id", "The split's id.", "Id"),
        _ref("opportunity_id", "opportunities", "The deal that is split.", "OpportunityId", required=True),
        _ref("rep_id", "reps", "Who gets the credit.", "SplitOwnerId", "OwnerId", required=True),
        _name("rep_name", "The rep's name, where no id is known.", "Sales rep", "Salesperson", "Rep", "Owner", "Name", "Owner name"),
        Column("split_type", TEXT, "revenue (adds up to 100 %) or overlay (on top).", aliases=("SplitType",)),
        Column("split_percent", RATE, "Share, 0 to 100.", aliases=("SplitPercentage", "Split", "Percent", "Percentage", "Share")),
        _UPDATED, _DELETED,
    ),
    ("split_id",),
    "updated_at",
    "Who is credited with which share of a deal.",
    (Between("split_percent", 0, 100),),
)  # fmt: skip

ORDERS = Table(
    "files__orders",
    (
        _key("order_id", "The order's id.", "Id", "Order number", "Order no"),
        _ref("account_id", "accounts", "Who ordered.", "AccountId", "Customer ID"),
        Column("account_name", TEXT, "The account's name, where no id is known.", aliases=("Account", "Customer", "Customer name", "Company")),
        _ref("owner_id", "reps", "The rep who sold it.", "OwnerId"),
        _name("owner_name", "That rep's name, where no id is known.", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        _ref("opportunity_id", "opportunities", "The deal it came from, if any; then the deal is not counted twice.", "OpportunityId"),
        Column("order_date", DATE, "Day of the order, which is its booking date.", required=True, aliases=("EffectiveDate", "Date")),
        _CURRENCY,
        Column("status", TEXT, "Status, as the company calls it; orders called cancelled are not booked.", aliases=("Status",)),
        Column("order_type", TEXT, "New, renewal...", aliases=("Type",)),
        Column("region", TEXT, "Sales region, where the account has none."),
        Column("channel", TEXT, "Online, field, partner..."),
        _CREATED, _UPDATED, _DELETED,
    ),
    ("order_id",),
    "updated_at",
    "Order headers.",
)  # fmt: skip

ORDER_LINES = Table(
    "files__order_lines",
    (
        _key("order_line_id", "The line's id.", "Id"),
        _ref("order_id", "orders", "The order it belongs to; a line whose order is missing waits in quarantine.", "OrderId", required=True),
        _ref("product_id", "products", "The product.", "Product2Id"),
        Column("product_name", TEXT, "Its name, where no product id is known.", aliases=("Product",)),
        Column("quantity", MONEY, "Units.", aliases=("Quantity",)),
        Column("unit_list_price", MONEY, "List price of one unit, before discount.", aliases=("ListPrice",)),
        Column("list_amount", MONEY, "Line amount before discount; empty: quantity x unit list price."),
        Column("discount_amount", MONEY, "Discount on the line; empty: list amount - amount."),
        Column("amount", MONEY, "Line amount net of discount; empty: list amount - discount amount.", aliases=("TotalPrice",)),
        Column("cost_amount", MONEY, "What the line costs us, where known."),
        _UPDATED, _DELETED,
    ),
    ("order_line_id",),
    "updated_at",
    "Order lines.",
)  # fmt: skip

INVOICES = Table(
    "files__invoices",
    (
        _key("invoice_id", "The invoice's id.", "Id", "Invoice number", "Invoice no"),
        _ref("account_id", "accounts", "Who was invoiced.", "AccountId", "Customer ID"),
        Column("account_name", TEXT, "The account's name, where no id is known.", aliases=("Account", "Customer", "Customer name", "Company")),
        _ref("opportunity_id", "opportunities", "The deal it bills.", "OpportunityId"),
        _ref("order_id", "orders", "The order it bills.", "OrderId"),
        Column("invoice_date", DATE, "Day of the invoice.", required=True, aliases=("Date",)),
        Column("due_date", DATE, "Day it is due."),
        Column("amount", MONEY, "Invoice amount; negative for a credit note.", required=True, aliases=("Amount", "Total")),
        Column("paid_amount", MONEY, "What has been paid of it."),
        Column("paid_date", DATE, "Day of the (last) payment."),
        Column("status", TEXT, "Open, paid, void..."),
        _CURRENCY, _UPDATED, _DELETED,
    ),
    ("invoice_id",),
    "updated_at",
    "Invoices and what was paid of them.",
)  # fmt: skip

PRODUCTS = Table(
    "files__products",
    (
        _key("product_id", "The product's id; the name where the file has none.", "Id", "Product2Id"),
        Column("product_name", TEXT, "Name.", aliases=("Name", "Product")),
        Column("product_code", TEXT, "Code or SKU.", aliases=("ProductCode", "SKU")),
        Column("product_family", TEXT, "Family or category.", aliases=("Family", "Product category", "Category", "Series")),
        Column("unit_list_price", MONEY, "List price of one unit.", aliases=("ListPrice", "Unit price", "Sales price", "Price")),
        Column("unit_cost", MONEY, "Standard cost of one unit.", aliases=("Unit cost", "Cost", "Standard cost")),
        Column("is_active", FLAG, "Still sold.", aliases=("IsActive",)),
        _UPDATED, _DELETED,
    ),
    ("product_id",),
    "updated_at",
    "What is sold.",
)  # fmt: skip

REPS = Table(
    "files__reps",
    (
        _key("rep_id", "The rep's id in this file; deals may name it as owner; the name where the file has none.", "Id", "UserId", "Owner ID"),
        Column("employee_number", TEXT, "Employee number; joins the rep to other sources' users.", aliases=("EmployeeNumber",)),
        _name("rep_name", "Full name.", "Name", "Full name", "Owner", "Owner name", "Sales agent", "Seller", "Sales rep", "Salesperson", "Rep", "Employee name"),
        Column("email", TEXT, "E-mail; joins the rep where no employee number is known.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        _ref("manager_id", "reps", "The rep's manager.", "ManagerId"),
        _name("manager_name", "The manager's name, where no id is known.", "Manager"),
        Column("team", TEXT, "Team.", aliases=("Department",)),
        Column("role", TEXT, "Role or title; `mappings/roles.csv` makes it canonical.", aliases=("Title",)),
        Column("region", TEXT, "Sales region.", aliases=("Division",)),
        Column("hire_date", DATE, "First working day.", aliases=("Start date", "Hired")),
        Column("leave_date", DATE, "Last working day; empty while employed.", aliases=("End date", "Termination date")),
        Column("ramp_months", WHOLE, "Months until full quota."),
        Column("currency_code", TEXT, "Currency the rep is paid in.", aliases=("DefaultCurrencyIsoCode",)),
        Column("is_active", FLAG, "Still with us.", aliases=("IsActive",)),
        Column("valid_from", DATE, "From when this row holds; several rows a rep give a history; empty: since ever.", default="1900-01-01"),
        _UPDATED, _DELETED,
    ),
    ("rep_id", "valid_from"),
    "updated_at",
    "Sales people, their managers and teams, one row per rep and from-date.",
)  # fmt: skip

QUOTAS = Table(
    "files__quotas",
    (
        _ref("rep_id", "reps", "Whose quota.", "OwnerId", "QuotaOwnerId", required=True),
        _name("rep_name", "The rep's name, where no id is known.", "Sales rep", "Salesperson", "Rep", "Owner", "Name", "Owner name"),
        Column("measure", TEXT, "What is counted; empty: bookings.", default="bookings"),
        Column("period_start", DATE, "First day of the quota's month or quarter.", required=True, aliases=("StartDate", "Month", "Quarter", "Period")),
        Column("period_type", TEXT, "month or quarter; empty: month.", default="month"),
        Column("quota_amount", MONEY, "Full quota for the period, before ramp and proration.", required=True, aliases=("QuotaAmount", "Quota", "Target", "Target amount", "Goal")),
        _CURRENCY,
    ),
    ("rep_id", "measure", "period_start"),
    None,
    "Targets per rep and period.",
    (OneOf("period_type", ("month", "quarter")), Between("quota_amount", 0)),
)  # fmt: skip

PLANS = Table(
    "files__plans",
    (
        _key("plan_id", "The plan's id."),
        Column("plan_name", TEXT, "Name.", required=True),
        Column("component", TEXT, "Component of the plan.", required=True),
        Column("rate_mode", TEXT, "marginal: each tier's rate on the part inside it.", required=True),
        Column("measure_window", TEXT, "month, quarter or year over which credits accumulate.", required=True),
        Column("tier", WHOLE, "Tier number from 1.", required=True),
        Column("attainment_from", RATE, "Lower bound of the tier as a fraction of quota (1.0 = 100 %).", required=True),
        Column("attainment_to", RATE, "Upper bound; empty for the last tier."),
        Column("rate", RATE, "Commission rate inside the tier as a fraction.", required=True),
        Column("effective_from", DATE, "First day the plan holds.", required=True),
        Column("effective_to", DATE, "First day it no longer holds; empty: still in force."),
    ),
    ("plan_id", "component", "tier", "effective_from"),
    None,
    "Commission plans, one row per tier.",
    (OneOf("rate_mode", ("marginal",)), OneOf("measure_window", ("month", "quarter", "year")), Between("rate", 0, 10)),
)  # fmt: skip

PLAN_ASSIGNMENTS = Table(
    "files__plan_assignments",
    (
        _ref("rep_id", "reps", "Who is on the plan.", required=True),
        _name("rep_name", "The rep's name, where no id is known.", "Sales rep", "Salesperson", "Rep", "Owner", "Name", "Owner name"),
        Column("plan_id", TEXT, "The plan.", required=True),
        Column("effective_from", DATE, "First day.", required=True),
        Column("effective_to", DATE, "First day no longer on it; empty: still on it."),
    ),
    ("rep_id", "plan_id", "effective_from"),
    None,
    "Who is on which plan from when.",
    (NotBefore("effective_to", "effective_from", "quarantine"),),
)  # fmt: skip

EXCHANGE_RATES = Table(
    "files__exchange_rates",
    (
        Column("from_currency", TEXT, "ISO 4217 code.", required=True),
        Column("to_currency", TEXT, "ISO 4217 code.", required=True),
        Column("rate_type", TEXT, "plan (per fiscal period) or spot; empty: plan.", default="plan"),
        Column("valid_from", DATE, "First day the rate holds; until the next row.", required=True),
        Column("rate", RATE, "Units of to_currency for one unit of from_currency.", required=True),
    ),
    ("from_currency", "to_currency", "rate_type", "valid_from"),
    None,
    "Exchange rates.",
    (OneOf("rate_type", ("plan", "spot")), Between("rate", 0)),
)  # fmt: skip

CAMPAIGNS = Table(
    "files__campaigns",
    (
        _key("campaign_id", "The campaign's id.", "Id", "CampaignId"),
        Column("campaign_name", TEXT, "Name.", aliases=("Name",)),
        Column("channel", TEXT, "Channel or type.", aliases=("Type",)),
        Column("status", TEXT, "Status.", aliases=("Status",)),
        Column("start_date", DATE, "First day.", aliases=("StartDate",)),
        Column("end_date", DATE, "Last day.", aliases=("EndDate",)),
        Column("budgeted_cost", MONEY, "Planned cost.", aliases=("BudgetedCost",)),
        Column("actual_cost", MONEY, "Actual cost.", aliases=("ActualCost",)),
        _CURRENCY, _CREATED, _UPDATED, _DELETED,
    ),
    ("campaign_id",),
    "updated_at",
    "Marketing campaigns.",
)  # fmt: skip

TOUCHES = Table(
    "files__touches",
    (
        _key("touch_id", "The touch's id.", "Id"),
        _ref("campaign_id", "campaigns", "The campaign it belongs to.", "CampaignId"),
        _ref("contact_id", "contacts", "The contact who interacted.", "ContactId"),
        _ref("lead_id", "leads", "The lead who interacted.", "LeadId"),
        Column("email", TEXT, "The person's e-mail, where no id is known.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        Column("interaction", TEXT, "What happened; `mappings/interactions.csv` says which funnel stage it proves.", aliases=("Status",)),
        Column("has_responded", FLAG, "True when the person responded.", aliases=("HasResponded",)),
        Column("channel", TEXT, "Channel, where it is not the campaign's."),
        Column("touched_at", TIME, "When.", required=True, aliases=("FirstRespondedDate", "CreatedDate")),
        _UPDATED, _DELETED,
    ),
    ("touch_id",),
    "updated_at",
    "Identified marketing interactions (campaign members, clicks, forms, visits).",
)  # fmt: skip

ACTIVITIES = Table(
    "files__activities",
    (
        _key("activity_id", "The activity's id.", "Id"),
        Column("activity_type", TEXT, "call, email, meeting...", aliases=("TaskSubtype", "Type", "Activity")),
        Column("activity_at", TIME, "When it took place.", required=True, aliases=("ActivityDateTime", "ActivityDate", "Date", "Due date")),
        _ref("owner_id", "reps", "Who did it.", "OwnerId"),
        _name("owner_name", "That rep's name, where no id is known.", "Assigned to", "Assigned to user", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        _ref("account_id", "accounts", "The account.", "AccountId"),
        _ref("contact_id", "contacts", "The contact."),
        _ref("lead_id", "leads", "The lead."),
        _ref("opportunity_id", "opportunities", "The deal."),
        Column("subject", TEXT, "Subject.", personal=True, aliases=("Subject",)),
        Column("status", TEXT, "Completed, planned...", aliases=("Status",)),
        Column("is_completed", FLAG, "True when done.", aliases=("IsClosed",)),
        _CREATED, _UPDATED, _DELETED,
    ),
    ("activity_id",),
    "updated_at",
    "Calls, e-mails and meetings.",
)  # fmt: skip

TEMPLATES: tuple[Table, ...] = (
    ACCOUNTS, CONTACTS, LEADS, OPPORTUNITIES, OPPORTUNITY_HISTORY, OPPORTUNITY_FIELD_HISTORY, OPPORTUNITY_LINES,
    OPPORTUNITY_SPLITS, ORDERS, ORDER_LINES, INVOICES, PRODUCTS, REPS, QUOTAS, PLANS, PLAN_ASSIGNMENTS,
    EXCHANGE_RATES, CAMPAIGNS, TOUCHES, ACTIVITIES,
)  # fmt: skip
