"""What in a line of a log would open a door: keys of sessions, tokens and displays, passwords in addresses?"""

import re

SECRET = "［密钥］"  # noqa: S105  # the mark that stands for one
_KEYS = re.compile(r"(?:mqw?_)?[0-9a-f]{16}_[A-Za-z0-9_-]{43}")
_SCHEMES = re.compile(r"(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}")
_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@]+(@)", re.IGNORECASE)
_NAMED = re.compile(
    r"""(?i)((?:password|passwort|secret(?:_key)?|minqing_session|token|code_verifier|client_secret)["']?\s*[=:]\s*["']?)"""
    r"""(?!["'\s]|None\b|\*)[^\s"'&;,)}\]]+"""
)


def without_secrets(text: str) -> str:
    """The text with a mark in place of each secret; doing it again changes nothing.

    >>> without_secrets("postgresql://web:hunter2@db/minqing")
    'postgresql://web:［密钥］@db/minqing'
    """
    text = _KEYS.sub(SECRET, text)
    text = _SCHEMES.sub(rf"\1\2{SECRET}", text)
    text = _ADDRESS.sub(rf"\1{SECRET}\2", text)
    return _NAMED.sub(rf"\1{SECRET}", text)
