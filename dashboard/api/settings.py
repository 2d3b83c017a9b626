"""Brands and goals of config.toml: read, added, changed and taken out."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from dashboard import edits
from dashboard.api.routes import Of, problems, router_of
from dashboard.editing import BrandWritten, GoalWritten, NotWritable
from dashboard.errors import BadFilter, NotFound
from dashboard.ids import BIGGEST
from dashboard.security.access import Admin, Viewer, for_brands, sees
from dashboard.site import Site
from dashboard.views import kpis, settings
from dashboard.views.view import View
from storage.goals import StoredGoal, followed_goals

router = router_of("settings")

Id = Annotated[str, Path(max_length=63)]
Number = Annotated[int, Path(ge=1, le=BIGGEST)]
Text = Annotated[str, Field(max_length=10_000)]
Short = Annotated[str, Field(max_length=300)]
Version = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description="`ETag` of the answer that the change was made from: refused with 409 where config.toml is another by now",
    ),
]
AURORA: JsonValue = {
    "name": "Aurora",
    "role": "own",
    "query": 'aurora NOT "aurora borealis"',
    "accounts": {"mastodon": "@aurora@social.example"},
}
GROW: JsonValue = {"words": "+35 % average engagement rate in 4 months", "brand": "aurora", "owner": "Ada"}


class BrandGiven(BaseModel):
    """A brand, as docs/config.md has it. Whatever is left out holds as if it were not written."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [AURORA]})
    id: Short | None = Field(
        None, description="of a new brand; made from the name if not given, and never changed"
    )
    name: Short
    role: Literal["own", "competitor"] = "own"
    query: Text
    accounts: dict[Short, Short] = Field(default={}, description="its own accounts, by network")
    relevance: float | None = Field(
        None, description="mentions less likely than this to be about it do not count"
    )


class GoalGiven(BaseModel):
    """A goal in words, or by its parts: docs/goals.md."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [GROW]})
    words: Short | None = None
    brand: Short | None = None
    kpi: Short | None = None
    change: Short | None = None
    target: float | None = None
    by: date | None = None
    since: date | None = None
    channel: Short | None = None
    campaign: Short | None = None
    owner: Short | None = None
    reason: Short | None = None
    review: Literal["weekly", "monthly", "two months"] = "monthly"


class Brands(View):
    """The brands that are followed. `waiting`: names of those whose query stored posts are not matched against yet."""

    brands: tuple[settings.BrandSettings, ...]
    waiting: tuple[str, ...]


class Removed(View):
    """What was taken out of config.toml."""

    removed: str


@router.get("/brands")
@for_brands
def read_brands(site: Of, by: Viewer, response: Response) -> Brands:
    """The brands that are followed."""
    _tag(response, site.actions.editor.file().version)
    brands = tuple(one for one in settings.brands(site) if sees(by, one.id))
    names = {one.name for one in brands}
    waiting = site.actions.editor.matching(now=site.clock()).waiting
    return Brands(brands=brands, waiting=tuple(name for name in waiting if name in names))


@router.get("/brands/{brand_id}", responses=problems(404))
@for_brands
def read_brand(site: Of, by: Viewer, brand_id: Id, response: Response) -> settings.BrandSettings:
    """One brand."""
    _tag(response, site.actions.editor.file().version)
    return _brand(site, by, brand_id)


@router.post("/brands", status_code=201, responses=problems(409))
def add_brand(
    site: Of, by: Admin, body: BrandGiven, response: Response, version: Version = None
) -> settings.BrandSettings:
    """Follow another brand: it is written into config.toml, collected from the next pass on, and stored posts are matched against it."""
    return _put_brand(site, by, None, body, response, version)


@router.put("/brands/{brand_id}", responses=problems(404, 409))
def change_brand(
    site: Of, by: Admin, brand_id: Id, body: BrandGiven, response: Response, version: Version = None
) -> settings.BrandSettings:
    """Write a brand anew. Another query is matched against stored posts in the background; the id stays."""
    if body.id not in (None, brand_id):
        raise BadFilter("id", "a brand keeps its id; leave it out")
    return _put_brand(site, by, brand_id, body, response, version)


@router.delete("/brands/{brand_id}", responses=problems(404, 409))
def remove_brand(site: Of, by: Admin, brand_id: Id, response: Response, version: Version = None) -> Removed:
    """Follow a brand no longer. Its mentions stay stored and are shown no more; the same id brings them back."""
    done = edits.remove(site, by, "brands", brand_id, seen=_seen(version), now=site.clock())
    _tag(response, done.version)
    return Removed(removed=brand_id)


@router.post("/goals", status_code=201, responses=problems(409))
def add_goal(
    site: Of, by: Admin, body: GoalGiven, response: Response, version: Version = None
) -> kpis.GoalSaid:
    """Set a goal: it is written into config.toml and begins today, or on `since`."""
    return _put_goal(site, by, None, body, response, version)


@router.put("/goals/{number}", responses=problems(404, 409))
def change_goal(
    site: Of, by: Admin, number: Number, body: GoalGiven, response: Response, version: Version = None
) -> kpis.GoalSaid:
    """Write a goal anew. Another owner, reason or review leaves it the goal that it is; anything else makes it another, with another number.

    One that was set by command stays out of config.toml.
    """
    return _put_goal(site, by, _key(site, number), body, response, version)


@router.delete("/goals/{number}", responses=problems(404, 409))
def remove_goal(site: Of, by: Admin, number: Number, response: Response, version: Version = None) -> Removed:
    """Take a goal out of config.toml; one that was set by command is closed as dropped."""
    done = edits.remove(site, by, "goals", _key(site, number), seen=_seen(version), now=site.clock())
    _tag(response, done.version)
    return Removed(removed=str(number))


def _put_brand(
    site: Site, by: Admin, key: str | None, body: BrandGiven, response: Response, version: str | None
) -> settings.BrandSettings:
    given = BrandWritten(**body.model_dump() | {"id": body.id or key or ""})
    done = edits.put(site, by, "brands", key, given, seen=_seen(version), now=site.clock())
    _tag(response, done.version)
    return _brand(site, by, done.key)


def _brand(site: Site, by: Viewer, brand_id: str) -> settings.BrandSettings:
    """Raises NotFound, also for one that `by` may not see."""
    for one in settings.brands(site):
        if one.id == brand_id and sees(by, one.id):
            return one
    raise NotFound("no brand of this id is tracked")


def _put_goal(
    site: Site, by: Admin, key: str | None, body: GoalGiven, response: Response, version: str | None
) -> kpis.GoalSaid:
    done = edits.put(
        site, by, "goals", key, GoalWritten(**body.model_dump()), seen=_seen(version), now=site.clock()
    )
    _tag(response, done.version)
    kept = [one for one in followed_goals(site.db) if one.edited_as == done.key]
    for goal in kpis.goals_said(site, kept, now=site.clock()):
        return goal
    raise NotWritable("the goal was written, and is gone again: somebody took it out at the same time")


def _key(site: Site, number: int) -> str:
    """What a goal is edited by. Raises NotFound."""
    found: StoredGoal | None = next((one for one in followed_goals(site.db) if one.number == number), None)
    if found is None:
        raise NotFound(f"there is no goal {number}")
    return found.edited_as


def _seen(version: str | None) -> str | None:
    return version.removeprefix("W/").strip('"') if version and version != "*" else None


def _tag(response: Response, version: str) -> None:
    response.headers["etag"] = f'"{version}"'
