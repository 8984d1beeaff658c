"""Route of the patrol posts that a zone of a plan can be given."""

from fastapi import APIRouter, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import PlanId
from dashboard.api.zones.plan_bodies import PostsBody, PostToChooseBody
from dashboard.zoning.open_plan import OpenPlan
from data.zoning.posts import Posts, post_kinds, read_posts
from data.zoning.stored_plans import read_plan


def posts_router(services: ApiServices) -> APIRouter:
    """Route /zones/plans/{id}/posts."""
    router = versioned_router("zones")
    desk = services.zones.desk

    @router.get("/zones/plans/{id}/posts", response_model=PostsBody)
    async def posts(request: Request, plan_id: PlanId) -> Response:
        """Posts of all configured kinds that lie in the units of the plan, by name."""
        async with services.database.reading() as conn:
            plan = await desk.open_in(conn, await read_plan(conn, plan_id))
            ground = plan.ground
            kinds = tuple(kind.key for kind in post_kinds())
            found = await read_posts(conn, kinds, ground.unit_ids, ground.rank, ground.plane)
        return json_response(request, PostsBody(items=_told(plan, found)))

    return router


def _told(plan: OpenPlan, posts: Posts) -> list[PostToChooseBody]:
    kinds = {kind.key: kind for kind in post_kinds()}
    inside = [(row, unit) for row, unit in zip(posts.rows, posts.unit.tolist(), strict=True) if unit >= 0]
    told = [
        PostToChooseBody(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            kind=row.kind,
            kind_zh=kinds[row.kind].zh,
            kind_en=kinds[row.kind].en,
            unit=plan.ground.codes[unit],
        )
        for row, unit in inside
    ]
    return sorted(told, key=lambda post: (post.name, post.code))
