"""Shared data for the tests of the mathematics, looked for beside the checkout."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("MINQING_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"shared data folder {folder} is absent")
    return folder
