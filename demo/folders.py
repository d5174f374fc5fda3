"""What no CRM holds, as folders: the company's settings and mappings, and the files of sales operations."""

from demo.company import Life
from demo.state import State


def write_folders(state: State, life: Life) -> None:
    """Write `company/` and `files/` as they stand at the state's clock."""
    (state.folder / "company").mkdir(exist_ok=True)
    (state.folder / "files").mkdir(exist_ok=True)
