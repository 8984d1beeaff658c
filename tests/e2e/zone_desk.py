"""What do browser tests of the planner's page have in common: a plan to draw on, what is stored of it, its steps."""

import re
from typing import Any

from playwright.sync_api import APIResponse, Page, expect

ZONES = "/api/v1/zones"
SAVED = ".zones-saved"

NEIGHBOUR = """async ([zone, wantsCut]) => {
  const { ask, plan } = window.minqing.zones;
  const { plan: held, sheet } = plan.current();
  for (const [place, no] of held.zone.entries()) {
    if (no === zone || no < 0 || !sheet.near[place].some((other) => held.zone[other] === zone)) continue;
    const body = { version: held.version, units: [sheet.codes[place]], to: zone };
    const { refused } = await ask("POST", `/plans/${held.id}/preview`, body);
    if (wantsCut ? refused?.reason === "cuts" && refused.units.length : !refused) return place;
  }
  return null;
}"""
"""Place of a unit beside a zone that can join it, or that would cut units off."""


def county(page: Page) -> str:
    """Code of the first county."""
    root = page.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    return str(page.request.get(f"/api/v1/units?parent={root}").json()["items"][0]["code"])


def made(answer: APIResponse) -> dict[str, Any]:
    """Body of an answer that is no refusal."""
    assert answer.ok, answer.text()
    body: dict[str, Any] = answer.json()
    return body


def town_plan(page: Page) -> dict[str, Any]:
    """A plan of medium units within a county in which each large unit is a zone."""
    within = county(page)
    sheet = made(page.request.get(f"{ZONES}/sheet?base=medium&within={within}"))
    towns = sorted({path[-1] for path in sheet["paths"]})
    start = {"zones": [towns.index(path[-1]) for path in sheet["paths"]], "units": sheet["codes"]}
    asked = {"name": "画图", "within": within, "base": "medium", "from": start}
    return made(page.request.post(f"{ZONES}/plans", data=asked))


def open_plan(page: Page, plan: dict[str, Any]) -> None:
    """Open a plan and wait until it is drawn."""
    page.goto(f"/zones?plan={plan['id']}")
    expect(page.locator(".zones-table tbody tr")).to_have_count(len(plan["zones"]))
    page.wait_for_function("() => document.querySelector('#zones-map')?.getAttribute('aria-busy') === 'false'")


def stored(page: Page, plan: dict[str, Any]) -> dict[str, Any]:
    """The plan as the server has it."""
    return made(page.request.get(f"{ZONES}/plans/{plan['id']}"))


def wait_for_version(page: Page, version: int) -> None:
    """Wait until the page says that it has stored this version."""
    expect(page.locator(SAVED)).to_have_text(re.compile(rf"已保存 版本 {version}$"))


def zone_of(plan: dict[str, Any], code: str) -> int:
    """Number of the zone of a unit."""
    return int(plan["zone"][plan["units"].index(code)])
