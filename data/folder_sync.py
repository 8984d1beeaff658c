"""How does a new name in a folder outlive a power cut?"""

import os
from contextlib import suppress
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk, as far as its file system knows how."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some file systems do not know this for folders; the file itself is on disk by now.
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
