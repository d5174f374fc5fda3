"""A folder of files: what is in it, which file is which template, each file read once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from attain.errors import SettingsError, UnreadableInput
from extract.files.mapping.document import FILE_NAME, FileMapping, Mapping
from extract.files.mapping.expressions import NotAnExpression, names, parse
from extract.files.mapping.value_models import FirstOf, Joined, Lookup, Taken, Value
from extract.files.model import Job
from extract.files.readers import sheets as readers
from extract.files.readers.sheet import ReadAs, Sheet
from extract.files.recognise import known_names, letters, likely_template, template_of

_OTHER_FORMATS = (".xls", ".xlsb", ".ods", ".numbers", ".gz", ".zip", ".json", ".jsonl", ".xml")


@dataclass(frozen=True)
class Skipped:
    """A file that was not read, and why."""

    file: str
    why: str


@dataclass
class Folder:
    """The data files of a folder, under its mapping."""

    path: Path
    mapping: Mapping
    skipped: list[Skipped] = field(default_factory=list)
    _read: dict[str, list[Sheet]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.path.is_dir():
            raise SettingsError(
                f"{self.path}: no such folder. Nothing was read. Give the folder that holds your files."
            )
        self.files = sorted(
            (
                p
                for p in self.path.iterdir()
                if p.is_file() and p.suffix.lower() in readers.SUFFIXES and p.name[0] not in ".~"
            ),
            key=lambda p: p.name.lower(),
        )
        self.skipped += [
            Skipped(p.name, "not read in this format: save it as .xlsx or as `CSV UTF-8`")
            for p in sorted(self.path.iterdir())
            if p.suffix.lower() in _OTHER_FORMATS and p.name[0] not in ".~"
        ]
        self._refuse_unmatched()

    def jobs(self, path: Path) -> Iterator[Job]:
        """The sheets of one of `files` that are templates; one that is none is noted in `skipped`.

        Raises:
            UnreadableInput: the file cannot be read, or its mapping names a sheet that is not there.
        """
        entries = [e for e in self.mapping.files if _fits(path.name, e.file)]
        if entries:
            yield from self._mapped(path, entries)
        elif any(_fits(path.name, pattern) for pattern in self.mapping.ignore):
            self.skipped.append(Skipped(path.name, "named under `ignore`"))
        elif path.name.lower() in self._looked_up():
            self.skipped.append(Skipped(path.name, "used by lookups only"))
        else:
            yield from self._recognised(path)

    def sheet(self, name: str) -> Sheet:
        """The sheet of a file by its name, or `book.xlsx [Sheet]`; KeyError when there is none."""
        file, _, title = name.partition(" [")
        path = next((p for p in self.files if p.name.lower() == file.lower()), None)
        if path is None:
            raise KeyError(name)
        for sheet in self._sheets(path, None):
            if not title or (sheet.sheet or "").lower() == title.rstrip("]").lower():
                return sheet
        raise KeyError(name)

    def _mapped(self, path: Path, entries: list[FileMapping]) -> Iterator[Job]:
        for entry in entries:
            found = [
                s
                for s in self._sheets(path, entry)
                if entry.sheet is None or (s.sheet or "").lower() == entry.sheet.lower()
            ]
            if not found and entry.sheet is not None:
                titles = ", ".join(s.sheet or "" for s in self._sheets(path, entry))
                raise UnreadableInput(f"{path.name}: no sheet `{entry.sheet}`. It has: {titles}.")
            if len(found) > 1:
                titles = ", ".join(s.sheet or "" for s in found)
                raise UnreadableInput(
                    f"{path.name}: several sheets ({titles}). Say in mapping.yml which: `sheet: {found[0].sheet}`."
                )
            yield from (Job(sheet, entry, recognised=False) for sheet in found)

    def _recognised(self, path: Path) -> Iterator[Job]:
        by_file = template_of(path.stem)
        if path.suffix.lower() not in (".xlsx", ".xlsm"):
            if by_file is None:
                self.skipped.append(Skipped(path.name, self._unknown(path)))
                return
            yield Job(self._sheets(path, by_file)[0], by_file, recognised=True)
            return
        sheets = self._sheets(path, by_file)
        by_title = [(sheet, template_of(sheet.sheet or "")) for sheet in sheets]
        if by_file is not None and not any(spec and spec.template == by_file.template for _, spec in by_title):
            by_title = _with_main(by_title, by_file)
        for sheet, spec in by_title:
            if spec is None:
                self.skipped.append(Skipped(sheet.file, _unknown(sheet)))
            else:
                yield Job(sheet, spec, recognised=True)

    def _unknown(self, path: Path) -> str:
        try:
            return _unknown(self._sheets(path, None)[0])
        except (UnreadableInput, IndexError):
            return "not a template's name"

    def _sheets(self, path: Path, spec: FileMapping | None) -> list[Sheet]:
        how = self._how(path, spec)
        key = f"{path.name}|{how.encoding}|{how.delimiter}|{how.header_row}"
        if key not in self._read:
            self._read[key] = list(readers.sheets(path, how))
        return self._read[key]

    def _how(self, path: Path, spec: FileMapping | None) -> ReadAs:
        entries = [e for e in self.mapping.files if _fits(path.name, e.file)]
        first = spec if spec in entries else (entries[0] if entries else None)
        named = {
            letters(n) for e in entries for v in (*e.columns.values(), *e.define.values()) for n in named_columns(v)
        }
        known = known_names() | named
        return ReadAs(
            encoding=(first.encoding if first else None) or self.mapping.encoding,
            delimiter=(first.delimiter if first else None) or self.mapping.delimiter,
            header_row=first.header_row if first else None,
            known=lambda cell: letters(cell) in known,
        )

    def _looked_up(self) -> set[str]:
        return {
            file.partition(" [")[0].lower()
            for e in self.mapping.files
            for v in (*e.columns.values(), *e.define.values())
            for file in _files(v)
        }

    def _refuse_unmatched(self) -> None:
        for entry in self.mapping.files:
            if not any(_fits(p.name, entry.file) for p in self.files):
                present = ", ".join(p.name for p in self.files) or "no data files"
                raise UnreadableInput(
                    f"{FILE_NAME} names {entry.file}, which is not in the folder ({present}). "
                    "Nothing was read. Add the file, or take its entry out."
                )


def _with_main(
    by_title: list[tuple[Sheet, FileMapping | None]], by_file: FileMapping
) -> list[tuple[Sheet, FileMapping | None]]:
    """The sheet that the workbook is named for: among those not recognised the one that fits, else an only one."""
    open_ = [i for i, (_, spec) in enumerate(by_title) if spec is None]
    fitting = [i for i in open_ if (likely_template(by_title[i][0].names) or ("", 0))[0] == by_file.template]
    main = fitting[:1] or (open_[:1] if len(open_) == len(by_title) else [])
    return [(sheet, by_file if i in main else spec) for i, (sheet, spec) in enumerate(by_title)]


def named_columns(value: Value) -> Iterator[str]:
    """The columns of the file itself that a value names."""
    if isinstance(value, str):
        yield value
        try:
            yield from names(parse(value))
        except NotAnExpression:
            return
    elif isinstance(value, Taken):
        yield value.column
    elif isinstance(value, FirstOf | Joined):
        for part in value.first_of if isinstance(value, FirstOf) else value.join:
            yield from named_columns(part)
    elif isinstance(value, Lookup):
        yield from [value.match] if isinstance(value.match, str) else value.match


def _files(value: Value) -> Iterator[str]:
    if isinstance(value, Lookup):
        yield value.file
        yield from _files(value.take)
    elif isinstance(value, FirstOf | Joined):
        for part in value.first_of if isinstance(value, FirstOf) else value.join:
            yield from _files(part)


def _fits(name: str, pattern: str) -> bool:
    return fnmatch(name.lower(), pattern.lower())


def _unknown(sheet: Sheet) -> str:
    likely = likely_template(sheet.names)
    if likely is None:
        return "not a template's name"
    return f"not a template's name, but {likely[1]} of its columns are of {likely[0]}: name the file {likely[0]}, or map it"
