"""When does a program that was just started serve?"""

import subprocess
import time
from pathlib import Path

import httpx

ANSWER_S, AGAIN_S = 2.0, 0.3


def wait_until_ready(port: int, process: "subprocess.Popen[bytes]", log: Path, within_s: float) -> None:
    """Wait until it answers on the port.

    Raises:
        RuntimeError: It has ended, or does not answer in time; the text is its log.
    """
    until = time.monotonic() + within_s
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=ANSWER_S).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(AGAIN_S)
    raise RuntimeError(f"the program is not ready:\n{log.read_text(errors='replace')}")
