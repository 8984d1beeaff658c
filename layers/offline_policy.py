"""What may the offline file do when somebody opens it? Show itself, and nothing else.

Source: W3C, Content Security Policy Level 3, the meta element.
"""

import base64
import hashlib
import re

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def offline_policy(html: str) -> str:
    """A policy under which exactly the scripts of a text run and nothing is asked for over a network.

    Styles may stand in the page and on its elements: the file has no other place for them.

    Args:
        html: Text that holds the program's own scripts and no text of others as markup.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in dict.fromkeys(_SCRIPT.findall(html)))
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
