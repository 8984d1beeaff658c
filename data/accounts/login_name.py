"""Which form has a login name?"""

import re
import unicodedata

from data.accounts.errors import LoginNameInvalid

_FORM = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9\u4e00-\u9fff._-]{1,63}")


def normal_name(text: str) -> str:
    """The one stored form of a typed name, so that case and full-width letters do not matter; may be no valid name."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def require_name(text: str) -> str:
    """The stored form of a new name.

    Raises:
        LoginNameInvalid: It has other characters or another length.
    """
    name = normal_name(text)
    if not _FORM.fullmatch(name):
        raise LoginNameInvalid(text[:80])
    return name
