"""What the API tells about its objects and fields."""

from typing import Any

from demo.frame import Field, ObjectType
from demo.ids import PREFIXES
from demo.render import API_VERSION

_SOAP = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
    "anyType": "xsd:anyType",
}  # fmt: skip
_NUMERIC = {"double": (18, 2), "currency": (18, 2), "percent": (3, 0)}


def field(f: Field) -> dict[str, Any]:
    """One field of a describe answer."""
    precision, scale = _NUMERIC.get(f.kind, (0, 0))
    textual = f.kind in ("string", "picklist", "textarea", "email", "combobox", "anyType")
    return {
        "name": f.name, "label": f.label or f.name, "type": f.kind, "soapType": _SOAP.get(f.kind, "xsd:string"),
        "custom": f.custom, "length": 18 if f.kind in ("id", "reference") else f.length if textual else 0,
        "byteLength": 18 if f.kind in ("id", "reference") else f.length * 3 if textual else 0, "precision": precision,
        "scale": scale, "digits": 8 if f.kind == "int" else 0, "nillable": f.name not in ("Id", "CreatedDate", "SystemModstamp"),
        "filterable": f.kind != "textarea", "sortable": f.kind != "textarea", "groupable": f.kind not in ("currency", "datetime"),
        "aggregatable": True, "createable": f.kind != "id", "updateable": f.kind != "id", "calculated": False,
        "deprecatedAndHidden": False, "idLookup": f.kind == "id", "unique": False, "externalId": False,
        "nameField": f.name == "Name", "defaultedOnCreate": False, "restrictedPicklist": False,
        "compoundFieldName": None, "relationshipName": f.name.removesuffix("Id") if f.refers_to else None,
        "referenceTo": list(f.refers_to),
        "picklistValues": [
            {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value} for value in f.values if value
        ],
    }  # fmt: skip


def summary(o: ObjectType) -> dict[str, Any]:
    """One object as the list of objects shows it."""
    base = f"/services/data/v{API_VERSION}/sobjects/{o.name}"
    return {
        "name": o.name, "label": o.label, "labelPlural": o.label + "s", "keyPrefix": PREFIXES[o.name], "custom": False,
        "queryable": True, "retrieveable": True, "replicateable": o.replicated, "createable": False, "updateable": False,
        "deletable": False, "undeletable": False, "searchable": True, "layoutable": True, "triggerable": True,
        "mergeable": o.name in ("Account", "Contact", "Lead"), "deprecatedAndHidden": False, "customSetting": False,
        "urls": {"sobject": base, "describe": base + "/describe", "rowTemplate": base + "/{ID}"},
    }  # fmt: skip


def full(o: ObjectType) -> dict[str, Any]:
    """A whole describe answer."""
    return summary(o) | {
        "fields": [field(f) for f in o.fields.values()],
        "childRelationships": [],
        "recordTypeInfos": [],
    }
