"""Do two planners on one plan see each other, and does a plan that was edited elsewhere come in through the page?"""

import asyncio
import csv
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from data.accounts.administration import NewAccount, add_account
from data.accounts.permissions import Role
from data.engine import AsyncDatabase
from tests.e2e.conftest import Server, Watch, sign_in, watched
from tests.e2e.zone_desk import NEIGHBOUR, ZONES, made, open_plan, stored, town_plan, wait_for_version, zone_of

pytestmark = pytest.mark.browser
SECOND, SECOND_PASSWORD = "planner-two", "vuk7 orze plym tadi"
MOVE = """async ([place, to]) => {
  const { edit, plan } = window.minqing.zones;
  return plan.command("POST", "/moves", { units: [plan.current().sheet.codes[place]], to });
}"""


@pytest.fixture(scope="module")
def second_planner(demo_url: str) -> str:
    """Name of a second account that may draw."""

    async def add() -> None:
        owner = AsyncDatabase(demo_url, min_size=1, max_size=1)
        await owner.open()
        async with owner.writing() as conn:
            await add_account(conn, NewAccount(SECOND, Role.PLANNER), SECOND_PASSWORD, datetime.now(UTC))
        await owner.close()

    # The browser has a running loop in this thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(add())).result()
    return SECOND


@pytest.fixture
def first(page: Page) -> Page:
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, "planner")
    return page


@pytest.fixture
def second(browser: Browser, server: Server, second_planner: str, watch: Watch) -> Iterator[Page]:
    """A browser of its own with the second account; what goes wrong in it counts as well."""
    with watched(browser, server, watch, 1920, 1080, reduced_motion="reduce") as page:
        sign_in(page, second_planner, SECOND_PASSWORD)
        yield page


def neighbour(page: Page, zone: int, unless: tuple[int, ...] = ()) -> int:
    place = page.evaluate(NEIGHBOUR, [zone, False])
    assert place is not None
    assert place not in unless
    return int(place)


def test_each_sees_what_the_other_does_and_undo_takes_back_one_s_own(first: Page, second: Page) -> None:
    plan = town_plan(first)
    open_plan(first, plan)
    open_plan(second, plan)
    expect(first.locator(".zones-editors")).to_contain_text(SECOND)
    ones = neighbour(first, 0)
    first.evaluate(MOVE, [ones, 0])
    wait_for_version(first, 1)
    wait_for_version(second, 1)
    expect(second.locator("#zones-toasts")).to_contain_text("planner 做了 1 步改动")
    assert second.evaluate("(place) => window.minqing.zones.plan.current().plan.zone[place]", ones) == 0

    far = max(plan["zones"], key=lambda zone: abs(zone["no"] - 0))["no"]
    theirs = neighbour(second, far, (ones,))
    second.evaluate(MOVE, [theirs, far])
    wait_for_version(first, 2)
    first.locator("[data-key=undo]").click()
    wait_for_version(first, 3)
    expect(first.locator("#zones-toasts")).to_contain_text("他人的改动保留")
    now = stored(first, plan)
    codes = first.evaluate("() => window.minqing.zones.plan.current().sheet.codes")
    assert zone_of(now, codes[ones]) == zone_of(plan, codes[ones]), "one's own step is taken back"
    assert zone_of(now, codes[theirs]) == far, "the other's step stays"
    expect(first.locator(".zones-step").first).to_contain_text("单独撤回第 1 步")
    wait_for_version(second, 3)


def test_who_has_nothing_to_take_back_is_told_and_going_back_asks_first(
    first: Page, second: Page, watch: Watch
) -> None:
    plan = town_plan(first)
    open_plan(first, plan)
    open_plan(second, plan)
    for number in (0, 1):
        place = neighbour(first, number)
        first.evaluate(MOVE, [place, number])
        wait_for_version(second, number + 1)
    second.locator("[data-key=undo]").click()
    expect(second.locator("#zones-refusal")).to_contain_text("最后的改动是他人做的")
    assert stored(second, plan)["version"] == 2
    second.locator("[data-key=step-1]").click()
    dialog = second.locator(".zones-dialog")
    expect(dialog).to_contain_text("撤回 planner 做的 1 步改动")
    dialog.get_by_role("button", name="取消").click()
    assert stored(second, plan)["version"] == 2
    second.locator("[data-key=step-1]").click()
    second.locator(".zones-dialog .act.strong").click()
    wait_for_version(first, 3)
    assert stored(first, plan)["steps"]["done"] == 1
    assert [problem for problem in watch.problems if "422" not in problem] == []
    watch.problems.clear()


def test_of_two_changes_at_once_one_is_made_and_the_other_is_told(first: Page, second: Page, watch: Watch) -> None:
    plan = town_plan(first)
    open_plan(first, plan)
    open_plan(second, plan)
    place = neighbour(first, 0)
    # The second one does not hear of it in time.
    second.route(re.compile(r"/events"), lambda route: route.abort())
    second.wait_for_timeout(300)
    first.evaluate(MOVE, [place, 0])
    wait_for_version(first, 1)
    second.evaluate("() => window.minqing.zones.plan.current().plan.version = 0")
    second.evaluate(MOVE, [place, 0])
    expect(second.locator("#zones-toasts")).to_contain_text("planner 刚修改了方案")
    wait_for_version(second, 1)
    assert stored(first, plan)["version"] == 1
    watch.problems[:] = [p for p in watch.problems if "409" not in p and "/events" not in p and "ERR_FAILED" not in p]


# ---- files that were edited elsewhere -------------------------------------------------------------------------------


def export(page: Page, plan: dict[str, Any], kind: str, folder: Path) -> Path:
    answer = page.request.get(f"{ZONES}/plans/{plan['id']}/export/{kind}")
    assert answer.ok, answer.text()
    path = folder / f"plan.{kind}"
    path.write_bytes(answer.body())
    return path


def send_file(page: Page, plan: dict[str, Any], path: Path, name: str) -> Locator:
    """Fill the dialog for a new plan from a file and send it."""
    page.goto("/zones")
    page.locator("#zones-empty").get_by_role("button", name="新建").click()
    dialog = page.locator(".zones-dialog")
    dialog.locator("[name=name]").fill(name)
    dialog.locator("[name=within]").select_option(plan["within"])
    dialog.locator("[name=base]").select_option("medium")
    dialog.locator("[name=source]").select_option("file")
    dialog.locator("[name=file]").set_input_files(path)
    dialog.locator(".act.strong").click()
    return dialog


def edited_workbook(path: Path, change: dict[str, int]) -> None:
    """As a person edits it in a spreadsheet: the zone of some units, the column of its names emptied."""
    book = openpyxl.load_workbook(path)
    sheet = book["units"]
    column = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        code = sheet.cell(row, column["code"]).value
        sheet.cell(row, column["zone_name"]).value = None
        if code in change:
            sheet.cell(row, column["zone"]).value = change[code] + 1
    book.save(path)


def test_a_workbook_edited_in_a_spreadsheet_becomes_a_draft(first: Page, tmp_path: Path) -> None:
    plan = town_plan(first)
    open_plan(first, plan)
    code = first.evaluate("(place) => window.minqing.zones.plan.current().sheet.codes[place]", neighbour(first, 0))
    path = export(first, plan, "xlsx", tmp_path)
    edited_workbook(path, {code: 0})
    send_file(first, plan, path, "表格改过的方案")
    expect(first.locator("input.zones-plan-name")).to_have_value("表格改过的方案")
    came = made(first.request.get(f"{ZONES}/plans/{re.findall(r'plan=([0-9]+)', first.url)[0]}"))
    together = [c for c, no in zip(came["units"], came["zone"], strict=True) if no == zone_of(came, code)]
    wanted = {c for c, no in zip(plan["units"], plan["zone"], strict=True) if no == 0} | {code}
    assert set(together) == wanted


def test_a_geopackage_edited_in_a_desktop_program_becomes_a_draft(first: Page, tmp_path: Path) -> None:
    plan = town_plan(first)
    open_plan(first, plan)
    code = first.evaluate("(place) => window.minqing.zones.plan.current().sheet.codes[place]", neighbour(first, 0))
    units = geopandas.read_file(export(first, plan, "gpkg", tmp_path), layer="units")
    units.loc[units["code"] == code, "zone"] = 1
    edited = tmp_path / "edited.gpkg"
    units.drop(columns=["zone_name", "zone_code", "zone_key"]).to_crs("EPSG:3857").to_file(edited, layer="units")
    send_file(first, plan, edited, "图上改过的方案")
    expect(first.locator("input.zones-plan-name")).to_have_value("图上改过的方案")
    came = made(first.request.get(f"{ZONES}/plans/{re.findall(r'plan=([0-9]+)', first.url)[0]}"))
    assert zone_of(came, code) == zone_of(
        came, next(c for c, no in zip(plan["units"], plan["zone"], strict=True) if no == 0)
    )


def test_a_bad_file_is_refused_with_row_cause_and_remedy(first: Page, watch: Watch, tmp_path: Path) -> None:
    plan = town_plan(first)
    path = export(first, plan, "csv", tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[3][0] = "999999999999"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    dialog = send_file(first, plan, path, "坏文件")
    said = dialog.get_by_role("alert")
    expect(said).to_contain_text("没有导入：文件中有 2 处问题")
    expect(said).to_contain_text("第 4 行（code）")
    expect(said).to_contain_text("没有单元 999999999999。请改正编码，或删除此行。")
    expect(said).to_contain_text("缺少 1 个单元")
    # The dialog stays with what was filled in: the file is corrected and sent again.
    expect(dialog.locator("[name=name]")).to_have_value("坏文件")
    first.screenshot(path=tmp_path / "bad_file.png")
    workbook = export(first, plan, "xlsx", tmp_path)
    dialog.locator("[name=file]").set_input_files(workbook)
    dialog.locator(".act.strong").click()
    expect(first.locator("input.zones-plan-name")).to_have_value("坏文件")
    assert [problem for problem in watch.problems if "422" not in problem] == []
    watch.problems.clear()
