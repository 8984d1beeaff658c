"""Who starts the private cluster again when its server dies while the program runs?"""

import logging
import threading

from data.cluster import Cluster
from data.errors import ClusterFailed

log = logging.getLogger(__name__)

INTERVAL_S = 0.5
RETRY_S = 5.0


class ClusterKeeper:
    """A thread that looks after the server of a cluster; of several programs on one cluster, one starts it again.

    A killed backend needs no keeper: the server ends the others, replays its log and goes on.
    """

    def __init__(self, cluster: Cluster, *, interval_s: float = INTERVAL_S) -> None:
        self._cluster = cluster
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cluster-keeper", daemon=True)
        self.restarts = 0

    def start(self) -> None:
        """Begin to look after the server."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; a start under way is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            if self._cluster.server_pid() is not None:
                continue
            log.warning("the database server has died; starting it again")
            try:
                self._cluster.start()
                self.restarts += 1
            except (ClusterFailed, OSError) as error:
                log.error("the database server does not start: %s", error)
                self._stop.wait(RETRY_S)
