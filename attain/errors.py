"""Every error this product raises on purpose, drawn once.

AttainError
├── SettingsError          a setting is missing or wrong; nothing was read or written
├── ServerError            the embedded PostgreSQL or Airflow did not start, answer or stop
├── DatabaseError          PostgreSQL refused or went away; the transaction left nothing
├── LeaseLost              another run took over this company; this run must stop
├── SourceError            a source answered something we cannot use
│   ├── SourceUnavailable  worth another attempt later (time-out, 429, 5xx)
│   └── SourceRefused      wrong until a person changes something (credentials, a field, a version)
├── UnreadableInput        a file or answer as a whole cannot be read; nothing of it landed
├── TooManyRejected        more rows were set aside than the limit allows; nothing landed
├── TransformFailed        dbt reported an error or a failing test
├── ValidationStopped      a critical check failed; nothing was published
├── PublishFailed          the publishing transaction was rolled back
└── PageRefused            a page's own figures contradict each other; the last good page stays

A message says where, what, what state is left and what to do next; never a secret, a header or a body.
"""


class AttainError(Exception):
    """The root: catch this to show a message instead of a traceback."""


class SettingsError(AttainError):
    """A setting is missing or wrong; nothing was read or written."""


class ServerError(AttainError):
    """The embedded PostgreSQL or Airflow did not start, answer or stop."""


class DatabaseError(AttainError):
    """PostgreSQL refused a statement or went away; the transaction left nothing."""


class LeaseLost(AttainError):
    """Another run holds this company's lease; this run must write nothing more."""


class SourceError(AttainError):
    """A source answered something that cannot be used."""


class SourceUnavailable(SourceError):
    """Worth another attempt later: a time-out, 429 or 5xx that outlived its retries."""


class SourceRefused(SourceError):
    """Wrong until a person changes something: credentials, a permission, a field, a version."""


class UnreadableInput(AttainError):
    """A file or an answer as a whole cannot be read; nothing of it landed."""


class TooManyRejected(AttainError):
    """More rows were set aside than the limit allows; nothing landed."""


class TransformFailed(AttainError):
    """dbt reported an error or a failing test; nothing was published."""


class ValidationStopped(AttainError):
    """A critical check failed; nothing was published."""


class PublishFailed(AttainError):
    """The publishing transaction was rolled back; readers still see the previous publication."""


class PageRefused(AttainError):
    """A page's own figures contradict each other; the last good page stays."""


class RunFailed(AttainError):
    """A scheduled run ended without publishing; its steps say why."""
