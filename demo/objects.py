"""Every object the demo company's API serves."""

from demo.frame import ObjectType
from demo.objects_deals import FIELD_HISTORY, HISTORY, LINE_ITEM, OPPORTUNITY, SPLIT
from demo.objects_marketing import CAMPAIGN, CAMPAIGN_MEMBER, EVENT, PRODUCT, SPLIT_TYPE, TASK, TASK_STATUS
from demo.objects_people import ACCOUNT, CONTACT, LEAD, USER

OBJECTS: dict[str, ObjectType] = {
    o.name: o
    for o in (
        USER, ACCOUNT, CONTACT, LEAD, PRODUCT, CAMPAIGN, CAMPAIGN_MEMBER, OPPORTUNITY, HISTORY, FIELD_HISTORY, LINE_ITEM,
        SPLIT, SPLIT_TYPE, TASK, EVENT, TASK_STATUS,
    )
}  # fmt: skip


def find(name: str) -> ObjectType | None:
    """The object of that name, whatever its case."""
    return {key.lower(): value for key, value in OBJECTS.items()}.get(name.lower())
