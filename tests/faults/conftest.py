"""A city in a folder of its own, the program over it, and a wall before that in Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.faults.hall import Hall, prepared, standing
from tests.faults.program import Program
from tests.support.chromium import ARGUMENTS, CHROMIUM


@pytest.fixture(scope="session")
def city() -> Iterator[tuple[Path, str, str]]:
    """Folder of a city, the tokens of an operator and of a wall; programs follow one another over it."""
    with prepared() as made:
        yield made


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with software rendering."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def program(city: tuple[Path, str, str]) -> Iterator[Program]:
    """The program; each test leaves it running."""
    program = Program(city[0])
    try:
        yield program
    finally:
        program.stop()


@pytest.fixture
def hall(browser: Browser, city: tuple[Path, str, str], program: Program) -> Iterator[Hall]:
    """A wall that is live, in a browser of its own."""
    with standing(browser, program, *city[1:]) as hall:
        yield hall
