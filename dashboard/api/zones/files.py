"""Routes by which plans of zones leave as files and come back as such."""

import asyncio
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile

from dashboard.api.parameters import versioned_router
from dashboard.api.problems import Kind, problem
from dashboard.api.services import ApiServices
from dashboard.security.limits import PLAN_FILE
from dashboard.security.shape import RequestUnfit, require_shallow
from dashboard.zoning.evidence import Press, evidence_zip, read_versions, report_html
from dashboard.zoning.old_papers import papers_of
from dashboard.zoning.plan_intake import CheckedFile, PlanFileAsked, import_file
from dashboard.zoning.plan_papers import PlanPapers
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.importing.errors import FileUnreadable, ImportStopped
from data.importing.polygon_files import JSON_SUFFIXES
from data.reads.city import read_moment
from data.reads.errors import RequestRefused
from data.zoning.errors import UnitFileInvalid
from data.zoning.plan_export import MEDIA_TYPES, export_plan
from data.zoning.plan_import import ImportedPlan, RefusedPlan
from data.zoning.plan_rows import POLYGON_ENDINGS, TABLE_ENDINGS

REFUSED = Kind(422, "plan-file-refused", "The file holds no plan of these units")
UNREADABLE = Kind(422, "plan-file-unreadable", "The file cannot be read as a plan")
ENDINGS = (*TABLE_ENDINGS, *(ending for ending in POLYGON_ENDINGS if ending != ".shp"))
"""A bare .shp is of no use: its attributes lie beside it."""

Lang = Annotated[Literal["zh", "en"], Query(description="Language of the report.")]


class PlanKind(StrEnum):
    """Kinds of files that a plan is written to."""

    geojson = "geojson"
    gpkg = "gpkg"
    shp_zip = "shp.zip"
    xlsx = "xlsx"
    csv = "csv"


def files_router(services: ApiServices) -> APIRouter:
    """Routes evidence.html, evidence.zip, export/{kind} of a plan, and plans/import."""
    router = versioned_router("zones")

    @router.get("/zones/plans/{id}/evidence.html", response_class=Response)
    async def evidence_page(id: int, lang: Lang = "zh") -> Response:
        """The plan as one HTML file that opens without any network."""
        papers, press = await _papers(services, id, "html")
        page = await asyncio.to_thread(report_html, papers, press, lang)
        return _file(page.encode(), "text/html; charset=utf-8", f"plan_{id}_{lang}.html")

    @router.get("/zones/plans/{id}/evidence.zip", response_class=Response)
    async def evidence_pack(id: int) -> Response:
        """The report in both languages and the plan in every format."""
        papers, press = await _papers(services, id, "zip")
        content = await asyncio.to_thread(evidence_zip, papers, press)
        return _file(content, "application/zip", f"plan_{id}_evidence.zip")

    @router.get("/zones/plans/{id}/export/{kind}", response_class=Response)
    async def export(id: int, kind: PlanKind) -> Response:
        """The plan as GeoJSON, GeoPackage, Shapefile, Excel or CSV; each can be imported again."""
        papers, _ = await _papers(services, id, kind.value)
        content = await asyncio.to_thread(export_plan, papers.document, kind.value)
        return _file(content, MEDIA_TYPES[kind.value], f"plan_{id}.{kind.value}")

    @router.post("/zones/plans/import", status_code=201)
    async def import_plan(
        file: Annotated[UploadFile, File(description="GeoJSON, GeoPackage, zipped Shapefile, Excel or CSV.")],
        within: Annotated[str, Form(description="Code of the unit that is divided; empty for the city.")] = "",
        level: Annotated[str, Form(description="Level of `within`, where its code stands on several.")] = "",
        base: Annotated[str, Form(description="Level of the units that are joined.")] = "",
        plan: Annotated[int | None, Form(description="The plan that was exported, instead of the above.")] = None,
        name: Annotated[str, Form(description="Name of the draft.")] = "",
        id_field: Annotated[str, Form(description="Column of the unit's code; empty looks for a usual name.")] = "",
        zone_field: Annotated[str, Form(description="Column of the zone; empty looks for a usual name.")] = "",
        layer: Annotated[str, Form(description="Layer or sheet; empty takes the one with the units.")] = "",
        idempotency_key: Annotated[str | None, Header(description="The same key again makes no second draft.")] = None,
    ) -> Response:
        """A plan that was edited elsewhere becomes a draft, or the answer lists what is wrong in which row."""
        columns = (id_field or None, zone_field or None, layer or None)
        with tempfile.TemporaryDirectory() as folder:
            path = await _received(file, Path(folder))
            asked = PlanFileAsked(path, within, level, base, plan, name or _stem(file), *columns)
            try:
                checked, made = await import_file(services.zones.desk, asked, idempotency_key)
            except (ImportStopped, UnitFileInvalid) as error:
                return _unreadable(error)
        return _imported(checked, made)

    return router


async def _papers(services: ApiServices, plan_id: int, form: str) -> tuple[PlanPapers, Press]:
    """The plan on paper; before it is sent, the audit log says so."""
    papers = await papers_of(services.zones.desk, plan_id)
    async with services.database.reading() as conn:
        press = Press(services.now(), (await read_moment(conn)).time_zone, await read_versions(conn))
    await record_first(services.database.writing, _exported(papers, form))
    return papers, press


def _exported(papers: PlanPapers, form: str) -> Entry:
    stored = papers.stored
    detail = {"format": form, "version": stored.version, "sha256": papers.document.hash}
    return Entry(Action.EXPORTED, "zone_plan", str(stored.id), unit_ids=(stored.within_id,), detail=detail)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


async def _received(file: UploadFile, folder: Path) -> Path:
    """The file under a name of our own; of the sender's only the ending counts."""
    ending = Path((file.filename or "").replace("\\", "/")).suffix.lower()
    if ending not in ENDINGS:
        raise RequestRefused(
            "file", f"Files ending in {ending or 'nothing'!r} are not read.", f"Send one of: {', '.join(ENDINGS)}."
        )
    content = await file.read()
    if len(content) > PLAN_FILE.body_bytes:
        raise RequestRefused("file", "It is too large.", f"Send at most {PLAN_FILE.body_bytes:,} bytes.")
    if ending in JSON_SUFFIXES:
        _require_shallow(content)
    path = folder / f"plan{ending}"
    await asyncio.to_thread(path.write_bytes, content)
    return path


def _require_shallow(content: bytes) -> None:
    try:
        require_shallow(content)
    except RequestUnfit as error:
        raise RequestRefused("file", error.cause, error.remedy) from error


def _stem(file: UploadFile) -> str:
    """A name for the draft from that of the file."""
    return Path((file.filename or "").replace("\\", "/")).stem.removesuffix(".shp")[:120]


def _unreadable(error: Exception) -> Response:
    if isinstance(error, FileUnreadable):
        place = "file" if error.line is None else f"file, line {error.line}"
        return problem(UNREADABLE, place, error.cause, error.remedy)
    if isinstance(error, UnitFileInvalid):
        return problem(UNREADABLE, error.field, error.cause, error.remedy)
    cause, _, remedy = str(error).partition(". ")
    return problem(UNREADABLE, "file", f"{cause}.", remedy)


def _imported(checked: CheckedFile, made: int | None) -> Response:
    found, fields = checked.found, checked.rows.fields
    read: dict[str, object] = {
        "unit": fields.unit,
        "zone": fields.zone,
        "name": fields.title,
        "rows": len(checked.rows.rows),
    }
    if isinstance(found, RefusedPlan):
        return _refused(found, read)
    assert isinstance(found, ImportedPlan)
    body = {
        "id": made,
        "hash": found.hash,
        "zones": len(found.names),
        "unassigned": int((found.zone < 0).sum()),
        "notes": list(found.notes),
        "read": read,
    }
    headers = {"Location": f"/api/v1/zones/plans/{made}", "Cache-Control": "no-store"}
    return Response(orjson.dumps(body), 201, headers, "application/json")


def _refused(found: RefusedPlan, read: dict[str, object]) -> Response:
    first = found.faults[0]
    answer = problem(REFUSED, first.field, first.cause, first.remedy)
    faults = [
        {
            "kind": f.kind.value,
            "row": f.row,
            "field": f.field,
            "cause": f.cause,
            "remedy": f.remedy,
            "units": list(f.units),
            "count": max(f.count, len(f.units)),
        }
        for f in found.faults
    ]
    body = orjson.loads(bytes(answer.body)) | {"faults": faults, "count": found.count, "read": read}
    # The length of the shorter answer would cut this one off, and no browser would show it.
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(orjson.dumps(body), REFUSED.status, headers, answer.media_type)
