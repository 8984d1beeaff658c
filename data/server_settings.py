"""With which settings does the private server run on this machine?"""

import os
from collections.abc import Mapping


def server_settings(*, durable: bool) -> Mapping[str, str]:
    """Settings by name, measured out by the memory of the machine.

    Args:
        durable: False for throw-away clusters, which may lose what they hold when the machine fails.
    """
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    shared_mb = max(64, min(2048, memory_mb // 8))
    settings = {
        "shared_buffers": f"{shared_mb}MB" if durable else "128MB",
        "effective_cache_size": f"{memory_mb // 2}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": f"{max(64, min(1024, memory_mb // 16))}MB",
        "max_connections": "100",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_min_duration_statement": "-1",
        "log_statement": "'none'",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    return settings
