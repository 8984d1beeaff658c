"""What may a page load, run and send? The content-security policies.

Source: W3C, Content Security Policy Level 3.
"""

import base64
import hashlib
from collections.abc import Iterable

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are no pages: opened by themselves they run and load nothing."""

WORKER = "default-src 'none'; script-src 'self'; connect-src 'self'"
"""For scripts, because a script that runs as a worker goes by the policy of its own answer."""


def page_policy(script_hashes: Iterable[str]) -> str:
    """The policy of the pages: scripts come from files of ours, or are one of the inline ones known beforehand.

    Styles may stand in the page: the component libraries (Mantine, AG Grid, plotly) make style elements and attributes
    while they run, with contents that nobody can know beforehand. What a style could do without a script stays small,
    because nothing but this server can be asked for pictures, fonts or anything else.

    Args:
        script_hashes: Of the script elements without a file, as `script_hash` gives them.
    """
    hashes = " ".join(sorted(set(script_hashes)))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {hashes}".rstrip(),
            "script-src-attr 'none'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "frame-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def script_hash(text: str) -> str:
    """How a policy names an inline script.

    >>> script_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
