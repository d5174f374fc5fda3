"""Templates of accounts, people, and what people do."""

from attain.table import DATE, FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from extract.templates.shared import CREATED, CURRENCY, DELETED, UPDATED, key, name_of, ref

ACCOUNTS = Table(
    "files__accounts",
    (
        key("account_id", "The account's id in its source; the name where the file has none.", "Id", "AccountId", "Company ID", "Organization ID", "Customer ID", "Record ID", "Record ID - Company"),
        Column("account_name", TEXT, "The company's name.", aliases=("Name", "AccountName", "Company name", "Company", "Organization", "Organization name", "Customer", "Customer name", "Account")),
        ref("parent_account_id", "accounts", "The account it belongs to.", "ParentId"),
        Column("parent_account_name", TEXT, "That account's name, where no id is known.", aliases=("Parent account", "Parent company", "Subsidiary of")),
        Column("segment", TEXT, "Market segment, as the company calls it.", aliases=("Segment__c",)),
        Column("account_type", TEXT, "Customer, prospect, partner...", aliases=("Type",)),
        Column("industry", TEXT, "Industry.", aliases=("Industry", "Sector")),
        Column("region", TEXT, "Sales region.", aliases=("Region__c",)),
        Column("country", TEXT, "Country of the billing address.", aliases=("BillingCountry", "Country/Region")),
        Column("employee_count", WHOLE, "Employees.", aliases=("NumberOfEmployees", "Employees")),
        Column("annual_revenue", MONEY, "Yearly revenue.", aliases=("AnnualRevenue",)),
        ref("owner_id", "reps", "The rep who owns the account.", "OwnerId"),
        name_of("owner_name", "That rep's name, where no id is known.", "Account owner", "Company owner", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        CURRENCY, CREATED, UPDATED, DELETED,
    ),
    ("account_id",),
    "updated_at",
    "Companies that buy, or may.",
)  # fmt: skip

CONTACTS = Table(
    "files__contacts",
    (
        key("contact_id", "The contact's id in its source; the e-mail where the file has none.", "Id", "ContactId", "Record ID", "Record ID - Contact"),
        ref("account_id", "accounts", "The account this person works for.", "AccountId", "Company ID", "Organization ID", "Primary Associated Company ID"),
        Column("account_name", TEXT, "That account's name, where no id is known.", aliases=("Company name", "Company", "Organization", "Primary Associated Company")),
        Column("full_name", TEXT, "Full name.", personal=True, aliases=("Name", "Contact name", "Lead name", "Person")),
        Column("email", TEXT, "E-mail address; joins leads and contacts into one person.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        Column("title", TEXT, "Job title.", personal=True, aliases=("Title", "Job title")),
        Column("lead_source", TEXT, "Where the person came from.", aliases=("LeadSource", "Source", "Original Source", "Original Traffic Source")),
        ref("owner_id", "reps", "The rep who owns the contact.", "OwnerId"),
        name_of("owner_name", "That rep's name, where no id is known.", "Contact owner", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        CREATED, UPDATED, DELETED,
    ),
    ("contact_id",),
    "updated_at",
    "People at accounts.",
)  # fmt: skip

LEADS = Table(
    "files__leads",
    (
        key("lead_id", "The lead's id in its source; the e-mail where the file has none.", "Id", "LeadId", "Record ID", "Record ID - Lead"),
        Column("full_name", TEXT, "Full name.", personal=True, aliases=("Name", "Contact name", "Lead name", "Person")),
        Column("email", TEXT, "E-mail address.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        Column("company_name", TEXT, "The company the person names.", aliases=("Company", "Organization")),
        Column("lead_source", TEXT, "Where the lead came from.", aliases=("LeadSource", "Source", "Original Source", "Original Traffic Source")),
        Column("status", TEXT, "Lead status, as the company calls it.", aliases=("Status", "Lead status")),
        Column("industry", TEXT, "Industry.", aliases=("Industry", "Sector")),
        Column("country", TEXT, "Country.", aliases=("Country",)),
        Column("segment", TEXT, "Market segment.", aliases=("Segment__c",)),
        Column("region", TEXT, "Sales region.", aliases=("Region__c",)),
        ref("owner_id", "reps", "The rep who works the lead.", "OwnerId"),
        name_of("owner_name", "That rep's name, where no id is known.", "Lead owner", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        Column("is_converted", FLAG, "True once converted.", aliases=("IsConverted",)),
        Column("converted_at", TIME, "When it was converted.", aliases=("ConvertedDate",)),
        ref("converted_account_id", "accounts", "The account made of it.", "ConvertedAccountId"),
        ref("converted_contact_id", "contacts", "The contact made of it.", "ConvertedContactId"),
        ref("converted_opportunity_id", "opportunities", "The deal made of it.", "ConvertedOpportunityId"),
        CREATED, UPDATED, DELETED,
    ),
    ("lead_id",),
    "updated_at",
    "People who showed interest and are not yet contacts.",
)  # fmt: skip

REPS = Table(
    "files__reps",
    (
        key("rep_id", "The rep's id in this file; deals may name it as owner; the name where the file has none.", "Id", "UserId", "Owner ID"),
        Column("employee_number", TEXT, "Employee number; joins the rep to other sources' users.", aliases=("EmployeeNumber",)),
        name_of("rep_name", "Full name.", "Name", "Full name", "Owner", "Owner name", "Sales agent", "Seller", "Sales rep", "Salesperson", "Rep", "Employee name"),
        Column("email", TEXT, "E-mail; joins the rep where no employee number is known.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        ref("manager_id", "reps", "The rep's manager.", "ManagerId"),
        name_of("manager_name", "The manager's name, where no id is known.", "Manager"),
        Column("team", TEXT, "Team.", aliases=("Department",)),
        Column("role", TEXT, "Role or title; `mappings/roles.csv` makes it canonical.", aliases=("Title",)),
        Column("region", TEXT, "Sales region.", aliases=("Division",)),
        Column("hire_date", DATE, "First working day.", aliases=("Start date", "Hired")),
        Column("leave_date", DATE, "Last working day; empty while employed.", aliases=("End date", "Termination date")),
        Column("ramp_months", WHOLE, "Months until full quota."),
        Column("currency_code", TEXT, "Currency the rep is paid in.", aliases=("DefaultCurrencyIsoCode",)),
        Column("is_active", FLAG, "Still with us.", aliases=("IsActive",)),
        Column("valid_from", DATE, "From when this row holds; several rows a rep give a history; empty: since ever.", default="1900-01-01"),
        UPDATED, DELETED,
    ),
    ("rep_id", "valid_from"),
    "updated_at",
    "Sales people, their managers and teams, one row per rep and from-date.",
)  # fmt: skip

CAMPAIGNS = Table(
    "files__campaigns",
    (
        key("campaign_id", "The campaign's id.", "Id", "CampaignId"),
        Column("campaign_name", TEXT, "Name.", aliases=("Name",)),
        Column("channel", TEXT, "Channel or type.", aliases=("Type",)),
        Column("status", TEXT, "Status.", aliases=("Status",)),
        Column("start_date", DATE, "First day.", aliases=("StartDate",)),
        Column("end_date", DATE, "Last day.", aliases=("EndDate",)),
        Column("budgeted_cost", MONEY, "Planned cost.", aliases=("BudgetedCost",)),
        Column("actual_cost", MONEY, "Actual cost.", aliases=("ActualCost",)),
        CURRENCY, CREATED, UPDATED, DELETED,
    ),
    ("campaign_id",),
    "updated_at",
    "Marketing campaigns.",
)  # fmt: skip

TOUCHES = Table(
    "files__touches",
    (
        key("touch_id", "The touch's id.", "Id"),
        ref("campaign_id", "campaigns", "The campaign it belongs to.", "CampaignId"),
        ref("contact_id", "contacts", "The contact who interacted.", "ContactId"),
        ref("lead_id", "leads", "The lead who interacted.", "LeadId"),
        Column("email", TEXT, "The person's e-mail, where no id is known.", personal=True, aliases=("Email", "Email address", "E-mail", "Email - Work")),
        Column("interaction", TEXT, "What happened; `mappings/interactions.csv` says which funnel stage it proves.", aliases=("Status",)),
        Column("has_responded", FLAG, "True when the person responded.", aliases=("HasResponded",)),
        Column("channel", TEXT, "Channel, where it is not the campaign's."),
        Column("touched_at", TIME, "When.", required=True, aliases=("FirstRespondedDate", "CreatedDate")),
        UPDATED, DELETED,
    ),
    ("touch_id",),
    "updated_at",
    "Identified marketing interactions (campaign members, clicks, forms, visits).",
)  # fmt: skip

ACTIVITIES = Table(
    "files__activities",
    (
        key("activity_id", "The activity's id.", "Id"),
        Column("activity_type", TEXT, "call, email, meeting...", aliases=("TaskSubtype", "Type", "Activity")),
        Column("activity_at", TIME, "When it took place.", required=True, aliases=("ActivityDateTime", "ActivityDate", "Date", "Due date")),
        ref("owner_id", "reps", "Who did it.", "OwnerId"),
        name_of("owner_name", "That rep's name, where no id is known.", "Assigned to", "Assigned to user", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        ref("account_id", "accounts", "The account.", "AccountId"),
        ref("contact_id", "contacts", "The contact."),
        ref("lead_id", "leads", "The lead."),
        ref("opportunity_id", "opportunities", "The deal."),
        Column("subject", TEXT, "Subject.", personal=True, aliases=("Subject",)),
        Column("status", TEXT, "Completed, planned...", aliases=("Status",)),
        Column("is_completed", FLAG, "True when done.", aliases=("IsClosed",)),
        CREATED, UPDATED, DELETED,
    ),
    ("activity_id",),
    "updated_at",
    "Calls, e-mails and meetings.",
)  # fmt: skip
