"""Routes of risks: the list, one of it, what is done about it, and the rules."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from dashboard.api.parameters import day_of, versioned_router
from dashboard.api.rendering import incident_body
from dashboard.api.responses import json_response
from dashboard.api.risk_bodies import (
    AssignAsked,
    CloseAsked,
    KindBody,
    ReviewAsked,
    RiskAsked,
    RiskBody,
    RiskDetailBody,
    RisksBody,
    RuleBody,
    RulesBody,
    risk_fields,
    steps_and_verdicts,
)
from dashboard.api.services import ApiServices
from data.accounts.account import acting_account
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.reads.city import read_moment
from data.reads.errors import NothingFound
from data.reads.incident_filter import parse_limit
from data.risk.alerts import AlertDetail, AlertFilter, ListedAlert, count_alerts, parse_states, read_alert, read_alerts
from data.risk.desk import RiskAct, RiskCommand, RiskDesk
from data.risk.rule_store import RuleSet, read_rules

CaseId = Annotated[int, Path(alias="id", ge=0, lt=2**63, description="Id of the case, which is the incident's.")]


def risks_router(services: ApiServices) -> APIRouter:
    """Routes /risks, /risks/rules, /risks/{id} and what is done about a risk."""
    router = versioned_router("risks")
    desk = RiskDesk(services.database, services.now)

    async def told(request: Request, case_id: int, *, again: bool = False) -> Response:
        async with services.database.reading() as conn:
            detail = await read_alert(conn, case_id)
        return json_response(request, _detail_body(detail, services.now(), again=again))

    async def does(request: Request, command: RiskCommand) -> Response:
        again = await desk.act(command, acting_account())
        return await told(request, command.case_id, again=again)

    @router.get("/risks", response_model=RisksBody)
    async def risks(
        request: Request,
        state: Annotated[str, Query(description="`open`, `acknowledged`, `closed`, by commas; empty for all.")] = "",
        rule: Annotated[str, Query(description="Key of a rule that fires.")] = "",
        classes: Annotated[str, Query(alias="class", description="Class codes, groups, families, scenarios.")] = "",
        unit: Annotated[str, Query(description="Unit code; empty for the whole city.")] = "",
        owner: Annotated[str, Query(description="Key of a department, or a role.")] = "",
        due: Annotated[str, Query(description="Reviews that are due by this day (YYYY-MM-DD).")] = "",
        cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
        limit: Annotated[str, Query(description="Alerts per page, 1 to 500; default 50.")] = "",
    ) -> Response:
        """The risk list, the newest first."""
        states, size = parse_states(state), parse_limit(limit)
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            wanted = AlertFilter(states, rule, classes, unit, owner, day_of(due, moment))
            page = await read_alerts(conn, wanted, cursor=cursor, limit=size)
            counts = await count_alerts(conn, moment.today)
        asked = {"state": state, "rule": rule, "class": classes, "unit": unit, "owner": owner, "due": due}
        detail = asked | {"shown": len(page.alerts)}
        await record_first(services.database.writing, Entry(Action.RISKS_LISTED, "risks", detail=detail))
        body = RisksBody(
            as_of=services.now(),
            today=moment.today,
            counts=dict(counts),
            items=[_risk_body(one) for one in page.alerts],
            next=page.next,
        )
        return json_response(request, body)

    @router.get("/risks/rules", response_model=RulesBody)
    async def rules(request: Request) -> Response:
        """The rules in force, with their conditions."""
        async with services.database.single() as conn:
            kept = await read_rules(conn)
        if kept is None:
            raise NothingFound("rules", "No rules are stored yet.", "Start the program once.")
        return json_response(request, rules_body(kept))

    @router.get("/risks/{id}", response_model=RiskDetailBody)
    async def risk(request: Request, case_id: CaseId) -> Response:
        """One risk: why it is one, what was done, what the rules ever said."""
        answer = await told(request, case_id)
        await record_first(services.database.writing, Entry(Action.RISKS_LISTED, "risk", str(case_id)))
        return answer

    @router.post("/risks/{id}/acknowledge", response_model=RiskDetailBody)
    async def acknowledge(request: Request, case_id: CaseId, asked: RiskAsked) -> Response:
        """Say that the alert has been seen."""
        return await does(request, RiskCommand(case_id, RiskAct.ACKNOWLEDGE, asked.seq, asked.key, asked.note))

    @router.post("/risks/{id}/assign", response_model=RiskDetailBody)
    async def assign(request: Request, case_id: CaseId, asked: AssignAsked) -> Response:
        """Name who answers for it: a department or a role."""
        command = RiskCommand(
            case_id,
            RiskAct.ASSIGN,
            asked.seq,
            asked.key,
            asked.note,
            department=asked.department,
            role=asked.role,
            review_on=asked.review_on,
        )
        return await does(request, command)

    @router.post("/risks/{id}/review", response_model=RiskDetailBody)
    async def review(request: Request, case_id: CaseId, asked: ReviewAsked) -> Response:
        """Keep what a review found, and when the next is."""
        command = RiskCommand(case_id, RiskAct.REVIEW, asked.seq, asked.key, asked.note, review_on=asked.review_on)
        return await does(request, command)

    @router.post("/risks/{id}/close", response_model=RiskDetailBody)
    async def close(request: Request, case_id: CaseId, asked: CloseAsked) -> Response:
        """Take it off the list, with the reason."""
        command = RiskCommand(case_id, RiskAct.CLOSE, asked.seq, asked.key, asked.note, reason=asked.reason)
        return await does(request, command)

    return router


def rules_body(kept: RuleSet) -> RulesBody:
    """The rules in force."""
    content = kept.rules.content
    kinds = [KindBody(key=k.key, zh=k.zh, en=k.en, groups=list(k.groups)) for k in kept.rules.kinds]
    pairs = zip(kept.rules.rules, content["rules"], strict=True)
    return RulesBody(
        version=kept.rules.version,
        source=kept.source,
        made_at=kept.made_at,
        people=dict(kept.rules.people),
        kinds=kinds,
        rules=[RuleBody(key=r.key, zh=r.zh, en=r.en, kinds=list(r.kinds), when=raw["when"]) for r, raw in pairs],
    )


def _risk_body(listed: ListedAlert) -> RiskBody:
    return RiskBody.model_validate(risk_fields(listed, incident_body(listed.incident)))


def _detail_body(detail: AlertDetail, now: datetime, *, again: bool) -> RiskDetailBody:
    fields = risk_fields(detail.listed, incident_body(detail.listed.incident)) | steps_and_verdicts(detail)
    return RiskDetailBody.model_validate(fields | {"as_of": now, "again": again})
