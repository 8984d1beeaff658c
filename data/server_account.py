"""Under which account does the server run where the program is root, and what may it reach?"""

import pwd
import subprocess
from pathlib import Path

from data.errors import ClusterFailed
from data.server_binaries import INSTALL


def unprivileged_account() -> pwd.struct_passwd:
    """The system account `postgres`, or else `nobody`.

    Raises:
        ClusterFailed: There is neither.
    """
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ClusterFailed("Find an account", "PostgreSQL refuses to run as root and no other account exists.", INSTALL)


def dropping(account: pwd.struct_passwd) -> list[str]:
    """Prefix that runs a command as another account."""
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def reaches(account: pwd.struct_passwd, folder: Path) -> bool:
    """Whether an account may enter a folder."""
    return subprocess.run([*dropping(account), "test", "-x", str(folder)], check=False).returncode == 0
