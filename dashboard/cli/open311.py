"""How are another city's reports pulled over Open311 from the command line?"""

import argparse
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.cli.context import Context, opened_database, ready_engine
from dashboard.cli.progress import TerminalProgress
from data.importing.mapping_file import load_mapping, preset_mapping
from data.open311.endpoint import Endpoint
from data.open311.pull import PullOrder, PullReport, pull
from data.release import release_ended

PRESET = "open311_json"
API_KEY = "MINQING_OPEN311_API_KEY"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `open311 pull`."""
    parser = commands.add_parser("open311", help="pull reports from another city over Open311")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    pulling = actions.add_parser(
        "pull",
        help="pull what is new since the last pull, and how open cases stand",
        description="Pages through the endpoint and goes on where the last pull stopped. A key of the endpoint is "
        f"taken from {API_KEY}.",
    )
    pulling.add_argument("--endpoint", required=True, metavar="URL", help="such as https://city.example/open311/v2")
    pulling.add_argument("--map", type=Path, metavar="M.yaml", help=f"what its fields mean; default: preset {PRESET}")
    pulling.add_argument("--dataset", help="key of the data set; default: the host of the endpoint")
    pulling.add_argument(
        "--since", type=_moment, metavar="DATE", help="begin here instead of where the last pull ended"
    )
    pulling.add_argument("--json", action="store_true", help="report as JSON on standard output")
    pulling.set_defaults(run=run_pull)


def run_pull(arguments: argparse.Namespace, context: Context) -> int:
    """Pull and report; 1 where a row was rejected or had no id, 130 where it was cancelled."""
    endpoint = Endpoint(arguments.endpoint, api_key=os.environ.get(API_KEY) or None)
    mapping = load_mapping(arguments.map) if arguments.map else preset_mapping(PRESET)
    dataset = arguments.dataset or urlsplit(arguments.endpoint).hostname or ""
    order = PullOrder(arguments.endpoint.rstrip("/"), dataset, mapping, arguments.since)
    report, cancelled = PullReport(), False
    with opened_database(context) as url, ready_engine(url) as engine:
        try:
            with TerminalProgress() as progress, endpoint.opened():
                pull(engine, endpoint, order, now=datetime.now(UTC), report=report, progress=progress)
        except KeyboardInterrupt:
            cancelled = True
        finally:
            release_ended(engine)
    _tell(report, context, cancelled=cancelled)
    if cancelled:
        return 130
    return 1 if report.counts["rejected"] or report.counts["conflict"] or report.nameless else 0


def _tell(report: PullReport, context: Context, *, cancelled: bool) -> None:
    reached = report.reached_at.isoformat(timespec="seconds") if report.reached_at else None
    if context.as_json:
        more = {"repeated": report.repeated, "without_id": report.nameless, "reached_at": reached}
        print(json.dumps(report.counts | more | {"cancelled": cancelled}))
        return
    counted = ", ".join(f"{name.removesuffix('_total')} {count:,}" for name, count in report.counts.items())
    print(f"{counted}; {report.repeated:,} came more than once, {report.nameless:,} had no id")
    print(f"pulled until {reached or 'the last pull'}{'; cancelled, the next pull goes on there' if cancelled else ''}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-03-02") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
