"""Which files make up the evidence of a plan, and what do they say of the program that made them?"""

import hashlib
import io
import platform
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from dashboard.zoning.plan_papers import PlanPapers
from data.backup.manifest import program_version
from data.engine import AsyncRows
from data.zoning.plan_export import EXPORTS, export_plan, zones_shapefile
from layers.legend import Lang
from layers.plan_report import PlanReport, plan_report_html

_PACKAGES = ("numpy", "numba", "shapely")
_SERVER = "SELECT current_setting('server_version') AS postgresql, postgis_lib_version() AS postgis"


@dataclass(frozen=True, slots=True)
class Press:
    """What all papers of one request have in common.

    Attributes:
        made_at: moment, aware.
        time_zone: of the city.
        versions: of programs, by name.
    """

    made_at: datetime
    time_zone: str
    versions: Mapping[str, str]


async def read_versions(conn: AsyncRows) -> Mapping[str, str]:
    """Versions of the program, of what it computes with and of the database."""
    row = await (await conn.execute(_SERVER)).fetchone()
    assert row is not None
    packages = {name: version(name) for name in _PACKAGES}
    server = {"PostgreSQL": str(row["postgresql"]).split(" ")[0], "PostGIS": str(row["postgis"])}
    return {"minqing-map": program_version(), "Python": platform.python_version(), **packages, **server}


def report_html(papers: PlanPapers, press: Press, lang: Lang) -> str:
    """The report in one language."""
    fence = "" if papers.fence is None else papers.fence.name_en if lang == "en" else papers.fence.name_zh
    report = PlanReport(papers.document, press.made_at, press.time_zone, lang, fence, press.versions)
    return plan_report_html(report)


def evidence_zip(papers: PlanPapers, press: Press) -> bytes:
    """The report in both languages, the plan in every format, and a list of hashes of these files."""
    files = {f"report_{lang}.html": report_html(papers, press, lang).encode() for lang in ("zh", "en")}
    files |= {f"plan.{kind}": export_plan(papers.document, kind) for kind in EXPORTS}
    files["zones.shp.zip"] = zones_shapefile(papers.document)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (files | {"SHA256SUMS": sums.encode()}).items():
            archive.writestr(zipfile.ZipInfo(name, press.made_at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
