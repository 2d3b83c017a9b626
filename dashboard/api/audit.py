"""Checks at random: posts are drawn, people judge them, and the corrected shares rest on that."""

from typing import Annotated

from pydantic import BaseModel, Field

from dashboard import auditing
from dashboard.api.routes import Of, problems, router_of
from dashboard.ids import BIGGEST, MentionId
from dashboard.security.access import Editor, Viewer
from dashboard.views import audit as views
from storage.audits import Said

router = router_of("checks")


class Draw(BaseModel):
    """How many posts to draw; `fresh`: leave those of the last draw that wait."""

    n: Annotated[int, Field(ge=auditing.FEWEST, le=auditing.MOST, examples=[50])] = auditing.USUAL
    fresh: bool = False


class Answer(BaseModel):
    """What somebody says of a post: a label toward the brand, `irrelevant` for not about it, `skipped` for "cannot say"."""

    said: Said
    text_version: Annotated[int, Field(ge=0, le=BIGGEST)]


@router.get("/audits/{brand_id}", responses=problems(404))
def audit(site: Of, by: Viewer, brand_id: str) -> views.Audit:
    """How far a brand's check has come, the post to judge next, and how often the model was right so far."""
    return views.audit(site, brand_id)


@router.post("/audits/{brand_id}", responses=problems(404))
def draw(site: Of, by: Editor, brand_id: str, body: Draw) -> views.Audit:
    """Draw posts at random. Nothing is drawn while posts of an earlier draw wait, unless asked to be `fresh`."""
    auditing.draw(site, by, brand_id, body.n, fresh=body.fresh, now=site.clock())
    return views.audit(site, brand_id)


@router.put("/audits/{brand_id}/{mention_id}", responses=problems(404))
def say(site: Of, by: Editor, brand_id: str, mention_id: MentionId, body: Answer) -> views.Audit:
    """Say how a drawn post feels toward the brand; a second answer takes the place of the first."""
    auditing.say(site, by, brand_id, mention_id, body.text_version, body.said, now=site.clock())
    return views.audit(site, brand_id)
