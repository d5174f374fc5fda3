"""Which Salesforce objects and fields become raw tables; custom fields join them at run time from `describe`.

Raw names are snake_case of the API names (`SystemModstamp` -> `system_modstamp`, `Loss_Reason__c` -> `loss_reason__c`).
Source: Salesforce Object Reference, v68.0.
"""

import re

import pyarrow as pa

from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table

_PERSONAL = {"Name", "FirstName", "LastName", "Email", "Phone", "Title", "Subject", "Username"}
_TIMES = {"CreatedDate", "LastModifiedDate", "SystemModstamp", "ActivityDateTime"}
_DATES = {
    "CloseDate",
    "FirstRespondedDate",
    "ConvertedDate",
    "ActivityDate",
    "LastActivityDate",
    "StartDate",
    "EndDate",
    "ServiceDate",
}
_FLAGS = {"HasResponded"}
_MONEY = {
    "Amount", "ExpectedRevenue", "AnnualRevenue", "Quantity", "UnitPrice", "ListPrice", "TotalPrice", "BudgetedCost",
    "ActualCost", "SplitAmount",
}  # fmt: skip
_RATES = {"Probability", "SplitPercentage"}
_WHOLE = {"NumberOfEmployees", "CallDurationInSeconds", "DurationInMinutes", "SortOrder"}

# Objects whose rows name a person rather than a thing called Name.
_NAMED_PEOPLE = {"Contact", "Lead", "User"}


def raw_name(api_name: str) -> str:
    """snake_case of an API name, one to one: `OwnerId` -> `owner_id`, `Foo_Bar__c` -> `foo_bar__c`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", api_name).lower().replace("___", "__")


def field_type(name: str) -> pa.DataType:
    """The type of a standard field we name; custom fields take theirs from describe."""
    for names, kind in (
        (_TIMES, TIME), (_DATES, DATE), (_MONEY, MONEY), (_RATES, RATE), (_WHOLE, WHOLE), (_FLAGS, FLAG),
    ):  # fmt: skip
        if name in names:
            return kind
    return FLAG if re.match(r"Is[A-Z]", name) else TEXT


def _object(api_name: str, fields: str, *, deleted: bool = True, modstamp: str = "SystemModstamp") -> Table:
    names = ["Id", *fields.split(), "CreatedDate", modstamp, *(["IsDeleted"] if deleted else [])]
    columns = tuple(
        Column(
            raw_name(name),
            field_type(name),
            required=name == "Id",
            personal=name in _PERSONAL and (name != "Name" or api_name in _NAMED_PEOPLE),
            aliases=(name,),
        )
        for name in dict.fromkeys(names)
    )
    return Table(
        f"salesforce__{raw_name(api_name)}", columns, ("id",), raw_name(modstamp), f"Salesforce object {api_name}."
    )


OBJECTS: dict[str, Table] = {
    name: _object(name, fields, **options)
    for name, fields, options in (
        ("User", "Username Name Email EmployeeNumber ManagerId Title Department Division UserRoleId IsActive DefaultCurrencyIsoCode", {"deleted": False}),
        ("Account", "Name Type ParentId MasterRecordId Industry Segment__c Region__c BillingCountry NumberOfEmployees AnnualRevenue OwnerId CurrencyIsoCode", {}),
        ("Contact", "AccountId MasterRecordId Name Email Title LeadSource OwnerId", {}),
        ("Lead", "MasterRecordId Name Email Title Company LeadSource Status Industry Country Segment__c Region__c OwnerId IsConverted ConvertedDate ConvertedAccountId ConvertedContactId ConvertedOpportunityId", {}),
        ("Product2", "Name ProductCode Family IsActive", {}),
        ("Campaign", "Name Type Status StartDate EndDate BudgetedCost ActualCost IsActive OwnerId CurrencyIsoCode", {}),
        ("CampaignMember", "CampaignId LeadId ContactId Status HasResponded FirstRespondedDate", {}),
        ("Opportunity", "AccountId Name StageName Amount Probability ExpectedRevenue CloseDate Type NextStep LeadSource IsClosed IsWon ForecastCategory ForecastCategoryName CampaignId OwnerId CurrencyIsoCode Loss_Reason__c Competitor__c LastActivityDate LastModifiedDate", {}),
        ("OpportunityHistory", "OpportunityId StageName Amount ExpectedRevenue CloseDate Probability ForecastCategory CurrencyIsoCode CreatedById", {}),
        ("OpportunityFieldHistory", "OpportunityId Field OldValue NewValue CreatedById", {"modstamp": "CreatedDate"}),
        ("OpportunityLineItem", "OpportunityId Product2Id Name Quantity ListPrice UnitPrice TotalPrice ServiceDate CurrencyIsoCode", {}),
        ("OpportunitySplit", "OpportunityId SplitOwnerId SplitTypeId SplitPercentage SplitAmount", {}),
        ("OpportunitySplitType", "DeveloperName MasterLabel IsActive IsTotalValidated SplitField", {}),
        ("Task", "WhoId WhatId AccountId OwnerId Subject TaskSubtype Status ActivityDate IsClosed CallDurationInSeconds", {}),
        ("TaskStatus", "ApiName MasterLabel IsClosed IsDefault SortOrder", {"deleted": False}),
        ("Event", "WhoId WhatId AccountId OwnerId Subject ActivityDateTime ActivityDate DurationInMinutes", {}),
    )
}  # fmt: skip
"""Standard and expected fields by object API name; a field the org lacks stays null, further fields are added."""
