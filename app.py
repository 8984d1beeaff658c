"""Command line and composition root of Minqing Map: `python app.py COMMAND --help`."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from dashboard.cli.context import Context
from dashboard.errors import DashboardError
from data.errors import DataError
from data.privacy.log_records import mask_all_logging
from data.privacy.masking import masked_text
from data.settings import load_settings
from geo.errors import GeoError
from layers.errors import LayerError

COMMANDS = {
    "serve": "start everything",
    "demo": "load the demo city",
    "load": "load a whole city",
    "units": "import or check polygons",
    "incidents": "import or export incidents",
    "zones": "propose or check joint-defence zones",
    "cases": "check logs of cases, keep the work calendar",
    "risks": "judge risks of cases, keep the rules",
    "users": "staff accounts and tokens",
    "audit": "verify the audit log",
    "codes": "codes that people report by",
    "open311": "pull reports from another city over Open311",
    "webhooks": "programs that are told of events of cases",
    "backup": "save everything in one file",
    "restore": "bring a backup back",
    "privacy": "mask personal data in stored texts",
    "doctor": "check the installation and the data",
}
MODULES = {"load": "city"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, 1 done but something was refused or found wrong, 2 not done.
    """
    mask_all_logging()
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    # A terminated command leaves as a cancelled one does: transactions roll back, the database is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    as_json = getattr(arguments, "json", False)
    try:
        context = Context(load_settings(os.environ), as_json)
        return int(arguments.run(arguments, context))
    except (DataError, GeoError, LayerError, DashboardError) as error:
        detail = masked_text(str(error))
        if as_json:
            print(json.dumps({"error": type(error).__name__, "detail": detail}, ensure_ascii=False))
        print(f"error: {detail}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("cancelled; nothing of this command was kept", file=sys.stderr)
        return 130


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description="民情地图 Minqing Map")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        if words[:1] == [name]:
            # Only the command that runs is imported: each brings large libraries of its own.
            import_module(f"dashboard.cli.{MODULES.get(name, name)}").add(commands)
        else:
            commands.add_parser(name, help=text)
    return parser


if __name__ == "__main__":
    sys.exit(main())
