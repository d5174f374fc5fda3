"""Templates of deals, orders, invoices and products."""

from attain.rules import Between
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, Column, Table
from extract.templates.shared import CREATED, CURRENCY, DELETED, UPDATED, key, name_of, ref

OPPORTUNITIES = Table(
    "files__opportunities",
    (
        key("opportunity_id", "The deal's id in its source.", "Id", "OpportunityId", "Deal ID", "Record ID", "Record ID - Deal", "Potential ID", "(Do Not Modify) Opportunity"),
        Column("opportunity_name", TEXT, "The deal's name.", aliases=("Name", "Deal name", "Deal title", "Title", "Potential name", "Topic", "Deal")),
        ref("account_id", "accounts", "The account that would buy.", "AccountId", "Company ID", "Organization ID", "Deal - Organization ID", "Primary Associated Company ID", "Associated Company IDs"),
        Column("account_name", TEXT, "The account's name, where no id is known.", aliases=("Account", "Company", "Company name", "Organization", "Deal - Organization", "Associated Company", "Primary Associated Company", "Customer", "Customer name", "Potential customer", "Client")),
        ref("owner_id", "reps", "The rep who owns the deal.", "OwnerId", "Deal owner ID", "HubSpot Owner ID"),
        name_of("owner_name", "The rep's name, where no id is known.", "Deal owner", "Opportunity owner", "Potential owner", "Sales agent", "Seller", "Owned by", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        Column("amount", MONEY, "Deal amount in its currency; empty when not known.", aliases=("Amount", "Deal amount", "Deal value", "Value", "Opportunity amount", "Est. revenue", "Estimated revenue", "Close value", "Contract value", "Deal size", "Amount in company currency")),
        CURRENCY,
        Column("stage", TEXT, "Stage, as the company calls it; `mappings/stages.csv` makes it canonical.", required=True, aliases=("StageName", "Deal stage", "Sales stage", "Pipeline stage")),
        Column("close_date", DATE, "Day it closed, or is expected to.", required=True, aliases=("CloseDate", "Closing date", "Expected close date", "Deal - Expected close date", "Est. close date", "Closed date")),
        Column("is_closed", FLAG, "True when closed; empty: as the stage says.", aliases=("IsClosed", "Closed", "Is Deal Closed?")),
        Column("is_won", FLAG, "True when won; empty: as the stage says.", aliases=("IsWon", "Won", "Is Closed Won")),
        Column("probability", RATE, "Chance of winning as a percentage, 0 to 100.", aliases=("Probability", "Probability (%)", "Deal probability", "Win probability")),
        Column("forecast_category", TEXT, "Omitted, Pipeline, BestCase, Forecast/Commit, Closed.", aliases=("ForecastCategory", "ForecastCategoryName")),
        Column("lead_source", TEXT, "Where the deal came from.", aliases=("LeadSource", "Source", "Original Source", "Original Traffic Source")),
        Column("opportunity_type", TEXT, "New business, renewal...", aliases=("Type", "Deal type", "Opportunity type")),
        ref("campaign_id", "campaigns", "The campaign credited by the source.", "CampaignId"),
        Column("next_step", TEXT, "What is to happen next.", aliases=("NextStep",)),
        Column("loss_reason", TEXT, "Why it was lost (or won).", aliases=("Loss_Reason__c", "Loss reason", "Lost reason", "Closed lost reason", "Reason for loss", "Deal - Lost reason")),
        Column("competitor", TEXT, "Who else bid for it.", aliases=("Competitor__c", "Competitor", "Main Competitor", "Competitor Name")),
        Column("last_activity_date", DATE, "Day of the last activity on it.", aliases=("LastActivityDate", "Last activity")),
        CREATED, UPDATED, DELETED,
    ),
    ("opportunity_id",),
    "updated_at",
    "Deals, open and closed.",
    (Between("probability", 0, 100, "warn"),),
)  # fmt: skip

OPPORTUNITY_HISTORY = Table(
    "files__opportunity_history",
    (
        key("history_id", "Id of the change; made from deal, time and row where the file has none.", "Id", "OpportunityHistoryId"),
        ref("opportunity_id", "opportunities", "The deal that changed.", "OpportunityId", required=True),
        Column("changed_at", TIME, "When it changed.", required=True, aliases=("CreatedDate",)),
        Column("stage", TEXT, "Stage after the change.", aliases=("StageName",)),
        Column("amount", MONEY, "Amount after the change.", aliases=("Amount",)),
        Column("close_date", DATE, "Close date after the change.", aliases=("CloseDate",)),
        Column("probability", RATE, "Probability after the change, 0 to 100.", aliases=("Probability",)),
        Column("forecast_category", TEXT, "Forecast category after the change.", aliases=("ForecastCategory",)),
        DELETED,
    ),
    ("history_id",),
    None,
    "The deal as it stood after each change (wide form).",
)  # fmt: skip

OPPORTUNITY_FIELD_HISTORY = Table(
    "files__opportunity_field_history",
    (
        key("history_id", "Id of the change.", "Id"),
        ref("opportunity_id", "opportunities", "The deal that changed.", "OpportunityId", required=True),
        Column("changed_at", TIME, "When it changed.", required=True, aliases=("CreatedDate",)),
        Column("field", TEXT, "Which field: stage, amount, close_date, owner_id, is_deleted, currency_code...", required=True, aliases=("Field",)),
        Column("old_value", TEXT, "Value before; empty means it had none.", aliases=("OldValue",)),
        Column("new_value", TEXT, "Value after; empty means it was cleared.", aliases=("NewValue",)),
        DELETED,
    ),
    ("history_id",),
    None,
    "One row per changed field (long form).",
)  # fmt: skip

OPPORTUNITY_LINES = Table(
    "files__opportunity_lines",
    (
        key("line_id", "The line's id.", "Id"),
        ref("opportunity_id", "opportunities", "The deal it belongs to.", "OpportunityId", required=True),
        ref("product_id", "products", "The product.", "Product2Id"),
        Column("product_name", TEXT, "Its name, where no product id is known.", aliases=("Name", "Product")),
        Column("quantity", MONEY, "Units.", aliases=("Quantity",)),
        Column("unit_list_price", MONEY, "List price of one unit.", aliases=("ListPrice",)),
        Column("unit_price", MONEY, "Price of one unit as sold.", aliases=("UnitPrice",)),
        Column("amount", MONEY, "Line amount net of discount.", aliases=("TotalPrice",)),
        Column("cost_amount", MONEY, "What the line costs us, where known."),
        UPDATED, DELETED,
    ),
    ("line_id",),
    "updated_at",
    "Product lines of deals.",
)  # fmt: skip

OPPORTUNITY_SPLITS = Table(
    "files__opportunity_splits",
    (
        key("split_id", "The split's id.", "Id"),
        ref("opportunity_id", "opportunities", "The deal that is split.", "OpportunityId", required=True),
        ref("rep_id", "reps", "Who gets the credit.", "SplitOwnerId", "OwnerId", required=True),
        name_of("rep_name", "The rep's name, where no id is known.", "Sales rep", "Salesperson", "Rep", "Owner", "Name", "Owner name"),
        Column("split_type", TEXT, "revenue (adds up to 100 %) or overlay (on top).", aliases=("SplitType",)),
        Column("split_percent", RATE, "Share, 0 to 100.", aliases=("SplitPercentage", "Split", "Percent", "Percentage", "Share")),
        UPDATED, DELETED,
    ),
    ("split_id",),
    "updated_at",
    "Who is credited with which share of a deal.",
    (Between("split_percent", 0, 100),),
)  # fmt: skip

ORDERS = Table(
    "files__orders",
    (
        key("order_id", "The order's id.", "Id", "Order number", "Order no"),
        ref("account_id", "accounts", "Who ordered.", "AccountId", "Customer ID"),
        Column("account_name", TEXT, "The account's name, where no id is known.", aliases=("Account", "Customer", "Customer name", "Company")),
        ref("owner_id", "reps", "The rep who sold it.", "OwnerId"),
        name_of("owner_name", "That rep's name, where no id is known.", "Owner", "Owner full name", "Sales rep", "Salesperson", "Rep", "Account executive"),
        ref("opportunity_id", "opportunities", "The deal it came from, if any; then the deal is not counted twice.", "OpportunityId"),
        Column("order_date", DATE, "Day of the order, which is its booking date.", required=True, aliases=("EffectiveDate", "Date")),
        CURRENCY,
        Column("status", TEXT, "Status, as the company calls it; orders called cancelled are not booked.", aliases=("Status",)),
        Column("order_type", TEXT, "New, renewal...", aliases=("Type",)),
        Column("region", TEXT, "Sales region, where the account has none."),
        Column("channel", TEXT, "Online, field, partner..."),
        CREATED, UPDATED, DELETED,
    ),
    ("order_id",),
    "updated_at",
    "Order headers.",
)  # fmt: skip

ORDER_LINES = Table(
    "files__order_lines",
    (
        key("order_line_id", "The line's id.", "Id"),
        ref("order_id", "orders", "The order it belongs to; a line whose order is missing waits in quarantine.", "OrderId", required=True),
        ref("product_id", "products", "The product.", "Product2Id"),
        Column("product_name", TEXT, "Its name, where no product id is known.", aliases=("Product",)),
        Column("quantity", MONEY, "Units.", aliases=("Quantity",)),
        Column("unit_list_price", MONEY, "List price of one unit, before discount.", aliases=("ListPrice",)),
        Column("list_amount", MONEY, "Line amount before discount; empty: quantity x unit list price."),
        Column("discount_amount", MONEY, "Discount on the line; empty: list amount - amount."),
        Column("amount", MONEY, "Line amount net of discount; empty: list amount - discount amount.", aliases=("TotalPrice",)),
        Column("cost_amount", MONEY, "What the line costs us, where known."),
        UPDATED, DELETED,
    ),
    ("order_line_id",),
    "updated_at",
    "Order lines.",
)  # fmt: skip

INVOICES = Table(
    "files__invoices",
    (
        key("invoice_id", "The invoice's id.", "Id", "Invoice number", "Invoice no"),
        ref("account_id", "accounts", "Who was invoiced.", "AccountId", "Customer ID"),
        Column("account_name", TEXT, "The account's name, where no id is known.", aliases=("Account", "Customer", "Customer name", "Company")),
        ref("opportunity_id", "opportunities", "The deal it bills.", "OpportunityId"),
        ref("order_id", "orders", "The order it bills.", "OrderId"),
        Column("invoice_date", DATE, "Day of the invoice.", required=True, aliases=("Date",)),
        Column("due_date", DATE, "Day it is due."),
        Column("amount", MONEY, "Invoice amount; negative for a credit note.", required=True, aliases=("Amount", "Total")),
        Column("paid_amount", MONEY, "What has been paid of it."),
        Column("paid_date", DATE, "Day of the (last) payment."),
        Column("status", TEXT, "Open, paid, void..."),
        CURRENCY, UPDATED, DELETED,
    ),
    ("invoice_id",),
    "updated_at",
    "Invoices and what was paid of them.",
)  # fmt: skip

PRODUCTS = Table(
    "files__products",
    (
        key("product_id", "The product's id; the name where the file has none.", "Id", "Product2Id"),
        Column("product_name", TEXT, "Name.", aliases=("Name", "Product")),
        Column("product_code", TEXT, "Code or SKU.", aliases=("ProductCode", "SKU")),
        Column("product_family", TEXT, "Family or category.", aliases=("Family", "Product category", "Category", "Series")),
        Column("unit_list_price", MONEY, "List price of one unit.", aliases=("ListPrice", "Unit price", "Sales price", "Price")),
        Column("unit_cost", MONEY, "Standard cost of one unit.", aliases=("Unit cost", "Cost", "Standard cost")),
        Column("is_active", FLAG, "Still sold.", aliases=("IsActive",)),
        UPDATED, DELETED,
    ),
    ("product_id",),
    "updated_at",
    "What is sold.",
)  # fmt: skip
