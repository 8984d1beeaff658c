"""How are codes for the report page made, listed and revoked from the command line?"""

import argparse
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.cli.account_work import in_one_transaction
from dashboard.cli.context import Context
from dashboard.cli.progress import TerminalProgress
from dashboard.pages.report.sheet import code_svg, link_of, sheet_html
from data.audit.entry import Action, Entry
from data.audit.record import record
from data.engine import AsyncRows
from data.report_page.codes import Ground, ReportCode, codes_for, list_codes, read_grounds, read_place, revoke_codes
from data.report_page.errors import CodesRefused

MOST_DAYS = 3_660
SITE = "http://127.0.0.1:8050"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `codes`."""
    parser = commands.add_parser("codes", help="codes that people report by", description="Codes of grids and places.")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    make = acts.add_parser(
        "make",
        help="make codes and a page to print",
        description="Make a code for a small grid, for all of them, or for a place, and a page to print. A ground that "
        "has a valid code keeps it: the page can be printed again.",
    )
    make.add_argument("--unit", metavar="CODE", help="a small grid; with --all the unit whose grids are meant")
    make.add_argument("--level", metavar="KEY", help="level of the unit, where its code stands on several")
    make.add_argument("--place", type=int, metavar="ID", help="a place, such as the gate of a compound")
    make.add_argument("--all", action="store_true", help="every small grid of the city, or of --unit")
    make.add_argument("--days", type=int, help="days until the codes expire (default: never)")
    make.add_argument("--site", default=SITE, metavar="URL", help="address of the program (default %(default)s)")
    make.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="page to print: .html, or .svg of one code"
    )
    make.set_defaults(run=run_make)
    listing = acts.add_parser("list", help="list all codes")
    listing.set_defaults(run=run_list)
    revoke = acts.add_parser("revoke", help="let codes no longer count")
    revoke.add_argument("code", nargs="+")
    revoke.set_defaults(run=run_revoke)
    for one in (make, listing, revoke):
        one.add_argument("--json", action="store_true", help="report as JSON")


def run_make(arguments: argparse.Namespace, context: Context) -> int:
    """Make codes and write them to a file."""
    _require_clear(arguments)
    now = datetime.now(UTC)
    valid_until = now + timedelta(days=arguments.days) if arguments.days else None

    async def make(conn: AsyncRows) -> tuple[tuple[ReportCode, ...], int]:
        if arguments.place is not None:
            grounds: tuple[Ground, ...] = (await read_place(conn, arguments.place),)
        else:
            grounds = await read_grounds(conn, unit=arguments.unit, level=arguments.level, every=arguments.all)
        if not grounds:
            raise CodesRefused("There are no small grids. Load a city first: python app.py load CITY.yaml")
        made = await codes_for(conn, grounds, now, valid_until)
        units = tuple(code.unit_id for code in made[0] if code.unit_id is not None) if len(made[0]) == 1 else ()
        detail = {"codes": len(made[0]), "new": made[1], "valid_until": valid_until, "within": arguments.unit}
        await record(conn, Entry(Action.REPORT_CODES_MADE, "report_codes", unit_ids=units, detail=detail))
        return made

    codes, new = in_one_transaction(context, make)
    _write(arguments.out, codes, arguments.site)
    if context.as_json:
        print(json.dumps({"file": str(arguments.out), "codes": len(codes), "new": new}, ensure_ascii=False))
    else:
        print(f"written: {arguments.out} ({len(codes):,} codes, {new:,} of them new)")
    return 0


def run_list(_arguments: argparse.Namespace, context: Context) -> int:
    """All codes that were ever made."""
    codes = in_one_transaction(context, list_codes)
    now = datetime.now(UTC)
    if context.as_json:
        rows = [asdict(code) | {"state": code.state(now).value} for code in codes]
        print(json.dumps(rows, ensure_ascii=False, default=datetime.isoformat))
        return 0
    for code in codes:
        until = code.valid_until.date().isoformat() if code.valid_until else "no end"
        print(f"{code.code}  {code.state(now).value:<8} {until:<10}  {code.name}")
    if not codes:
        print("no codes yet; make some: python app.py codes make --all --out codes.html")
    return 0


def run_revoke(arguments: argparse.Namespace, context: Context) -> int:
    """Let codes no longer count."""

    async def revoke(conn: AsyncRows) -> int:
        ended = await revoke_codes(conn, arguments.code, datetime.now(UTC))
        detail = {"codes": arguments.code, "revoked": ended}
        await record(conn, Entry(Action.REPORT_CODES_REVOKED, "report_codes", detail=detail))
        return ended

    ended = in_one_transaction(context, revoke)
    print(json.dumps({"revoked": ended}) if context.as_json else f"revoked: {ended}")
    return 0


def _require_clear(arguments: argparse.Namespace) -> None:
    """Refuse what would be found out only after codes were made.

    Raises:
        CodesRefused: It is not said for what, or the address, the days or the file cannot be used.
    """
    if (arguments.place is not None) == bool(arguments.unit or arguments.all):
        raise CodesRefused("Say for what: --unit CODE, --all, or --place ID.")
    if arguments.days is not None and not 1 <= arguments.days <= MOST_DAYS:
        raise CodesRefused(f"{arguments.days} days are no lifetime of a code. Use 1 to {MOST_DAYS:,}, or leave it out.")
    site = urlsplit(arguments.site)
    if site.scheme not in ("http", "https") or not site.netloc or site.query or site.fragment:
        raise CodesRefused(f"{arguments.site} is no address. Use one like https://minqing.example.")
    is_one = arguments.place is not None or (arguments.unit and not arguments.all)
    endings = (".html", ".svg") if is_one else (".html",)
    if arguments.out.suffix.lower() not in endings:
        raise CodesRefused(f"{arguments.out} ends in none of {', '.join(endings)}. Name such a file.")
    if not arguments.out.absolute().parent.is_dir():
        raise CodesRefused(f"The folder of {arguments.out} does not exist. Make it, or name another file.")


def _write(out: Path, codes: tuple[ReportCode, ...], site: str) -> None:
    if out.suffix.lower() == ".svg":
        text = code_svg(codes[0], site)
        text = text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
            ">", f"><title>{link_of(codes[0], site)}</title>", 1
        )
    else:
        with TerminalProgress() as progress:
            progress.step("drawing codes")
            text = sheet_html(codes, site, lambda done: progress.advance(done, len(codes)))
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(out)
