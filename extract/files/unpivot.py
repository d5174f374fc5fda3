"""A sheet with a column per month (or per anything) as one row per month."""

from fnmatch import fnmatch

import pyarrow as pa
import pyarrow.compute as pc

from attain.errors import UnreadableInput
from extract.files.mapping.value_models import Unpivot
from extract.files.parsing.column import as_text
from extract.files.readers.sheet import Sheet
from extract.yaml_document import listed


def unpivoted(sheet: Sheet, how: Unpivot) -> Sheet:
    """Each row once per column that `how` names, with the column's header and its value; empty values left out.

    Raises:
        UnreadableInput: no column fits.
    """
    spread = [i for i, name in enumerate(sheet.names) if any(fnmatch(name.lower(), p.lower()) for p in how.columns)]
    if not spread:
        raise UnreadableInput(
            f"{sheet.file}: `unpivot` names {', '.join(how.columns)}, and no column is called so. "
            f"It has: {listed(sheet.names)}."
        )
    kept = [i for i in range(len(sheet.names)) if i not in spread]
    values = _of_one_type([sheet.columns[i] for i in spread])
    headers = [pa.repeat(pa.scalar(sheet.names[i], pa.string()), sheet.rows) for i in spread]
    columns = [pa.concat_arrays([sheet.columns[i]] * len(spread)) for i in kept]
    whole = Sheet(
        sheet.file, (*(sheet.names[i] for i in kept), how.name, how.value),
        (*columns, pa.concat_arrays(headers), pa.concat_arrays(values)), pa.concat_arrays([sheet.numbers] * len(spread)),
        sheet.sheet, sheet.broken, sheet.notes,
    )  # fmt: skip
    return whole.filter(pc.is_valid(whole.columns[-1]))


def _of_one_type(columns: list[pa.Array]) -> list[pa.Array]:
    kinds = {column.type for column in columns if column.null_count < len(column)}
    if len(kinds) == 1:
        (kind,) = kinds
        return [column if column.type == kind else pa.nulls(len(column), kind) for column in columns]
    if kinds <= {pa.int64(), pa.float64()}:
        return [pc.cast(column, pa.float64()) for column in columns]
    return [as_text(column) for column in columns]
