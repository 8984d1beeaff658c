"""How do plans of zones get into the database and out of it as files, on the command line?"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from dashboard.cli.context import Context, opened_database
from dashboard.zoning.desk import PlanDesk
from dashboard.zoning.evidence import Press, evidence_zip, read_versions, report_html
from dashboard.zoning.grounds import Grounds
from dashboard.zoning.old_papers import papers_of
from dashboard.zoning.plan_intake import CheckedFile, PlanFileAsked, check_file, import_file
from dashboard.zoning.plan_papers import PlanPapers
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.engine import AsyncDatabase
from data.importing.errors import ExportInvalid
from data.reads.city import read_moment
from data.roles import role_urls
from data.scope import acting_as_program
from data.zoning.errors import UnitFileInvalid
from data.zoning.plan_columns import CODE_FIELD, FENCE_FIELD, ZONE_FIELD
from data.zoning.plan_errors import PlanUnknown
from data.zoning.plan_export import export_plan, kind_of_file
from data.zoning.plan_import import ImportedPlan, RefusedPlan
from data.zoning.plan_rows import TABLE_ENDINGS, own_fields, unit_layer
from data.zoning.stored_plans import PlanFilter, PlanState, StoredPlan, list_plans

Result = TypeVar("Result")
Work = Callable[[PlanDesk], Awaitable[Result]]
REPORT, PACK = ".html", ".zip"


def add_files(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `zones list`, `zones export` and `zones import`."""
    _add_list(actions)
    _add_export(actions)
    _add_import(actions)


def add_database(parser: argparse.ArgumentParser) -> None:
    """Declare options that say of which units in the database a file is a plan."""
    parser.add_argument("--within", metavar="CODE", help="unit of the database that the plan divides")
    parser.add_argument("--level", default="", metavar="L", help="level of that unit, where its code stands on several")
    parser.add_argument("--base", default="", metavar="L", help="level of the units that are joined, such as medium")
    parser.add_argument("--plan", type=int, metavar="ID", help="the plan that was exported, instead of the above")


def _add_list(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("list", help="plans in the database")
    parser.add_argument("--state", type=PlanState, choices=list(PlanState), metavar="S", help=f"{', '.join(PlanState)}")
    parser.add_argument("--json", action="store_true", help="as JSON on standard output")
    parser.set_defaults(run=run_list)


def _add_export(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("export", help="write a plan to a file, as a report, or as a pack of everything")
    parser.add_argument("plan", metavar="PLAN", help="id or name of the plan (zones list)")
    endings = ".geojson, .gpkg, .shp.zip, .xlsx, .csv, .html (report) or .zip (everything)"
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=endings)
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="of the report (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.set_defaults(run=run_export)


def _add_import(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("import", help="take in a plan that was edited in QGIS or Excel, as a draft")
    parser.add_argument("file", type=Path, metavar="FILE", help="GeoJSON, GeoPackage, Shapefile, Excel or CSV")
    add_database(parser)
    parser.add_argument("--id-field", metavar="F", help="column of the unit's code (default: a usual name)")
    parser.add_argument("--zone-field", metavar="F", help="column of the zone (default: a usual name)")
    parser.add_argument("--layer", help="layer or sheet (default: the one with the units)")
    parser.add_argument("--name", default="", help="of the draft (default: after the file)")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.set_defaults(run=run_import)


def settled(arguments: argparse.Namespace) -> argparse.Namespace:
    """The same arguments; where the file is a plan of this program, with the layer and fields that it has."""
    path: Path = arguments.units
    layer = arguments.layer or unit_layer(path)
    fields = own_fields(path, layer)
    chosen = {
        "layer": layer,
        "id_field": arguments.id_field or (CODE_FIELD if fields else None),
        "fence": arguments.fence or (FENCE_FIELD if FENCE_FIELD in fields else None),
    }
    return argparse.Namespace(**{**vars(arguments), **chosen})


def is_of_database(arguments: argparse.Namespace) -> bool:
    """Whether a plan is to be checked against the units in the database: where it says so, or has no outlines."""
    named = arguments.within is not None or arguments.plan is not None
    if not named and arguments.units.suffix.lower() in TABLE_ENDINGS:
        remedy = "Say of which: --within CODE --base LEVEL, or --plan ID."
        raise UnitFileInvalid(str(arguments.units), "within", "a table is checked against the database.", remedy)
    return named


def run_check_file(arguments: argparse.Namespace, context: Context) -> int:
    """Check a file against the units in the database; 1 where it is no sound plan."""
    zone = None if arguments.zone_field == ZONE_FIELD else arguments.zone_field
    asked = _asked(arguments, arguments.units, zone)
    checked = _with_desk(context, lambda desk: check_file(desk, asked))
    return _report(checked, None, context)


def run_import(arguments: argparse.Namespace, context: Context) -> int:
    """Import and report; 1 where the file holds no sound plan."""
    if arguments.plan is None and not arguments.base:
        cause = "it is not said which units the plan joins."
        raise UnitFileInvalid(str(arguments.file), "base", cause, "Add --base LEVEL, such as medium, or --plan ID.")
    asked = _asked(arguments, arguments.file, arguments.zone_field, arguments.name or arguments.file.stem)
    checked, made = _with_desk(context, lambda desk: import_file(desk, asked))
    return _report(checked, made, context)


def run_list(arguments: argparse.Namespace, context: Context) -> int:
    """List plans, the one changed last first."""
    states = None if arguments.state is None else (arguments.state,)
    plans = _with_desk(context, lambda desk: _plans(desk, PlanFilter(states)))
    if context.as_json:
        print(json.dumps({"items": [_told(plan) for plan in plans]}, ensure_ascii=False))
    else:
        print("\n".join(_line(plan) for plan in plans) or "There are no plans. Make one: zones import, or on /zones.")
    return 0


def run_export(arguments: argparse.Namespace, context: Context) -> int:
    """Write the file; nothing is written where the plan cannot be read."""
    target: Path = arguments.out
    form = _form(target)
    if not target.parent.is_dir():
        raise ExportInvalid(f"{target}: there is no such folder. Make it first, or name another.")
    papers, content = _with_desk(context, lambda desk: _content(desk, arguments, form))
    target.write_bytes(content)
    document = papers.document
    report = {"file": str(target), "plan": document.head.id, "bytes": len(content), "sha256": document.hash}
    print(json.dumps(report) if context.as_json else f"plan {document.head.id} written to {target}\n{document.hash}")
    return 0


def _asked(arguments: argparse.Namespace, path: Path, zone_field: str | None, name: str = "") -> PlanFileAsked:
    return PlanFileAsked(
        path,
        arguments.within or "",
        arguments.level,
        arguments.base,
        arguments.plan,
        name,
        arguments.id_field,
        zone_field,
        arguments.layer,
    )


def _with_desk(context: Context, work: Work[Result]) -> Result:
    with opened_database(context) as url:
        # Under the role that policies confine: a file that is handed on tells nothing of sensitive classes.
        return asyncio.run(_run(role_urls(url, context.settings).web, work))


async def _run(url: str, work: Work[Result]) -> Result:
    database = AsyncDatabase(url, min_size=1, max_size=2)
    await database.open()
    try:
        with acting_as_program():
            return await work(PlanDesk(database, Grounds()))
    finally:
        await database.close()


async def _plans(desk: PlanDesk, wanted: PlanFilter) -> tuple[StoredPlan, ...]:
    async with desk.database.reading() as conn:
        return await list_plans(conn, wanted)


def _form(target: Path) -> str:
    name = target.name.lower()
    if name.endswith(REPORT):
        return REPORT
    return PACK if name.endswith(PACK) and not name.endswith(".shp.zip") else kind_of_file(target)


async def _content(desk: PlanDesk, arguments: argparse.Namespace, form: str) -> tuple[PlanPapers, bytes]:
    papers = await papers_of(desk, await _plan_id(desk, arguments.plan))
    plan = papers.stored
    async with desk.database.reading() as conn:
        press = Press(datetime.now(UTC), (await read_moment(conn)).time_zone, await read_versions(conn))
    detail = {"format": form.removeprefix("."), "version": plan.version, "sha256": papers.document.hash}
    entry = Entry(Action.EXPORTED, "zone_plan", str(plan.id), unit_ids=(plan.within_id,), detail=detail)
    await record_first(desk.database.writing, entry)
    if form == REPORT:
        return papers, report_html(papers, press, arguments.lang).encode()
    return papers, evidence_zip(papers, press) if form == PACK else export_plan(papers.document, form)


async def _plan_id(desk: PlanDesk, text: str) -> int:
    """The plan with the id, or the only one with the name."""
    if text.isdigit():
        return int(text)
    named = [plan for plan in await _plans(desk, PlanFilter()) if plan.name == text]
    if not named:
        raise PlanUnknown(0) if not text else ExportInvalid(f"There is no plan called {text!r}. See: zones list.")
    if len(named) > 1:
        ids = ", ".join(str(plan.id) for plan in named)
        raise ExportInvalid(f"Several plans are called {text!r}. Name one by its id: {ids}.")
    return named[0].id


def _told(plan: StoredPlan) -> dict[str, object]:
    figures = ("zones", "ratio", "compactness", "workload_max_over_mean", "contiguous", "unassigned")
    return {
        "id": plan.id,
        "name": plan.name,
        "state": plan.state,
        "version": plan.version,
        "within": plan.within,
        "base": plan.base,
        "units": len(plan.unit_ids),
        "changed_at": plan.changed_at.isoformat(),
        "made_by": plan.made_by,
        **{name: plan.figures.get(name) for name in figures},
    }


def _line(plan: StoredPlan) -> str:
    told = _told(plan)
    return f"{told['id']:>5}  {plan.state:<11}{plan.within:<14}{plan.base:<8}{told['zones']!s:>5} zones  {plan.name}"


def _report(checked: CheckedFile, made: int | None, context: Context) -> int:
    found, fields = checked.found, checked.rows.fields
    report: dict[str, object] = {
        "plan": made,
        "rows": len(checked.rows.rows),
        "read": {"unit": fields.unit, "zone": fields.zone, "name": fields.title},
    }
    if isinstance(found, ImportedPlan):
        unassigned = int((found.zone < 0).sum())
        report |= {
            "zones": len(found.names),
            "unassigned": unassigned,
            "sha256": found.hash,
            "notes": list(found.notes),
        }
        report["faults"] = []
    else:
        report |= {"faults": [_fault(found, k) for k in range(len(found.faults))], "count": found.count}
    print(json.dumps(report, ensure_ascii=False) if context.as_json else "\n".join(_lines(found, made)))
    return 1 if isinstance(found, RefusedPlan) else 0


def _fault(found: RefusedPlan, index: int) -> dict[str, object]:
    fault = found.faults[index]
    return {"row": fault.row, "field": fault.field, "cause": fault.cause, "remedy": fault.remedy, "units": fault.units}


def _lines(found: ImportedPlan | RefusedPlan, made: int | None) -> list[str]:
    if isinstance(found, RefusedPlan):
        rest = found.count - len(found.faults)
        return [*map(str, found.faults), *([f"and {rest:,} more"] if rest else [])]
    unassigned = int((found.zone < 0).sum())
    said = f"{len(found.names)} zones, " + (f"{unassigned:,} units in none" if unassigned else "no fault")
    return [said, *found.notes, *([] if made is None else [f"draft {made} made"]), found.hash]
