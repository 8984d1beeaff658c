"""Why can a backup not be made or restored? The text says what is safe and what to do."""

from data.errors import DataError


class BackupFailed(DataError):
    """No backup was made; nothing was left behind."""


class BackupDamaged(DataError):
    """The file is no backup of this program, or not the one that was written."""


class BackupNewer(DataError):
    """The backup was made by a newer program, or from a newer server, than is here."""


class RestoreRefused(DataError):
    """The backup does not go there; nothing was changed."""
