"""Salesforce-like record ids, whole columns at a time: 15 case-sensitive characters and 3 that check their case."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from demo.clock import Ints

_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_BASE32 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
_INSTANCE = b"5g0"
WIDTH = 18

PREFIXES = {
    "Account": "001", "Contact": "003", "Lead": "00Q", "User": "005", "Opportunity": "006", "OpportunityHistory": "008",
    "OpportunityFieldHistory": "017", "OpportunityLineItem": "00k", "OpportunitySplit": "1SO",
    "OpportunitySplitType": "149", "Product2": "01t", "Campaign": "701", "CampaignMember": "00v", "Task": "00T",
    "Event": "00U", "TaskStatus": "0B5", "Organization": "00D", "QueryJob": "750",
}  # fmt: skip


def characters(kind: str, numbers: Ints) -> npt.NDArray[np.uint8]:
    """Ids as a (n, 18) array of ASCII codes."""
    out = np.empty((len(numbers), WIDTH), dtype=np.uint8)
    out[:, :6] = np.frombuffer(PREFIXES[kind].encode() + _INSTANCE, dtype=np.uint8)
    rest = numbers.astype(np.int64) + 1
    for position in range(14, 5, -1):
        out[:, position] = _BASE62[rest % 62]
        rest = rest // 62
    upper = (out[:, :15] >= 65) & (out[:, :15] <= 90)
    weights = np.array([1, 2, 4, 8, 16], dtype=np.uint8)
    for part in range(3):
        out[:, 15 + part] = _BASE32[(upper[:, part * 5 : part * 5 + 5] * weights).sum(axis=1)]
    return out


def column(kind: str, numbers: Ints, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Ids as Arrow text; null where `missing` is true, or by default where a number is negative."""
    gone = numbers < 0 if missing is None else missing
    data = characters(kind, np.where(gone, 0, numbers))
    offsets = np.arange(0, (len(numbers) + 1) * WIDTH, WIDTH, dtype=np.int32)
    validity = pa.array(~gone).buffers()[1] if gone.any() else None
    return pa.Array.from_buffers(
        pa.string(), len(numbers), [validity, pa.py_buffer(offsets), pa.py_buffer(data.tobytes())]
    )


def one(kind: str, number: int) -> str:
    """A single id."""
    return characters(kind, np.array([number])).tobytes().decode()
