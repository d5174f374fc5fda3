"""Columns that many templates have. Aliases are the names of Salesforce's and other systems' exports."""

from attain.table import FLAG, TEXT, TIME, Column

CREATED = Column(
    "created_at",
    TIME,
    "When the record was created.",
    aliases=(
        "CreatedDate",
        "Create Date",
        "Created Time",
        "Created On",
        "Created At",
        "Date Created",
        "Add time",
        "Deal created",
        "Lead created",
    ),
)
UPDATED = Column(
    "updated_at",
    TIME,
    "When it was last changed.",
    aliases=("SystemModstamp", "LastModifiedDate", "Modified Time", "Modified On", "Last Modified", "Update time"),
)
DELETED = Column("is_deleted", FLAG, "True when the source marks it deleted.", aliases=("IsDeleted",))
CURRENCY = Column(
    "currency_code",
    TEXT,
    "ISO 4217 code; empty means the company's currency.",
    aliases=("CurrencyIsoCode", "Currency", "Deal currency"),
)


def ref(name: str, to: str, description: str, *aliases: str, required: bool = False) -> Column:
    """A column that holds ids of another template."""
    return Column(name, TEXT, description, refers_to=to, aliases=aliases, required=required)


def name_of(name: str, description: str, *aliases: str) -> Column:
    """A person's name, which is personal data."""
    return Column(name, TEXT, description, personal=True, aliases=aliases)


def key(name: str, description: str, *aliases: str) -> Column:
    """The id of the row."""
    return Column(name, TEXT, description, required=True, aliases=(*aliases,))
