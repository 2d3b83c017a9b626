"""The mentions, and what people do with them."""

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from dashboard import work
from dashboard.api.routes import Asking, Of, problems, router_of
from dashboard.handing_on import read_by
from dashboard.ids import BIGGEST, MentionId
from dashboard.security.access import Editor, Viewer, for_brands
from dashboard.views import mentions as views
from dashboard.views.mentions import Flag, Which
from storage.mentions import Judged
from storage.types import Sentiment

router = router_of("mentions")
Number = Annotated[int, Field(ge=1, le=BIGGEST)]


def asked_for(
    request: Request,
    label: Annotated[list[Judged] | None, Query(description="any of these")] = None,
    author: Annotated[str | None, Query(max_length=200, description="a handle, or the network's id")] = None,
    assignee: Annotated[str | None, Query(max_length=200)] = None,
    tag: Annotated[list[str] | None, Query(description="any of these")] = None,
    resolved: Flag | None = None,
    corrected: Flag | None = None,
    irrelevant: Annotated[Flag | None, Query(description="yes: those left out instead")] = None,
    reposts: Annotated[Flag | None, Query(description="yes: these too")] = None,
    sort: views.Sort = "newest",
) -> Which:
    """Which mentions, beside the filters."""
    return views.which({name: request.query_params.getlist(name) for name in request.query_params})


AskedFor = Annotated[Which, Depends(asked_for)]


@router.get("/mentions")
@for_brands
def read_mentions(
    site: Of,
    by: Viewer,
    filters: Asking,
    asked_for: AskedFor,
    cursor: Annotated[str | None, Query(max_length=1_000, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=views.MOST_ROWS)] = 50,
) -> views.Mentions:
    """A page of mentions. Go on with `cursor` until `next` is null; a page may be short, or empty, before that.

    What a token reads of networks that limit what leaves (X, unless the configuration says otherwise) counts as exported: 429 says when there
    is room again.
    """
    page = views.mentions(site, filters, asked_for, now=site.clock(), cursor=cursor, limit=limit)
    read_by(site, by, (one.source for one in page.mentions))
    return page


@router.get("/mentions/facets")
@for_brands
def read_facets(site: Of, filters: Asking, asked_for: AskedFor) -> views.Facets:
    """How many there are of each label, brand, network, language and tag."""
    return views.facets(site, filters, asked_for, now=site.clock())


@router.get("/mentions/{mention_id}", responses=problems(404))
@for_brands
def read_mention(site: Of, by: Viewer, mention_id: MentionId) -> views.OneMention:
    """One mention with its log. It counts as a page of one."""
    found = views.mention(site, mention_id, by)
    read_by(site, by, [found.mention.source])
    return found


class Ids(BaseModel):
    """The mentions that something is done with."""

    ids: Annotated[list[Number], Field(min_length=1, max_length=work.MOST_IDS, examples=[[12, 15]])]


class Corrected(Ids):
    """A person's label."""

    label: Sentiment


class Irrelevant(Ids):
    """True: not about their brand; false: about it; null: the model decides again."""

    irrelevant: bool | None


class Assigned(Ids):
    """Who looks after them; null: nobody."""

    to: Annotated[str, Field(min_length=1, max_length=work.LONGEST_NAME)] | None


class Tagged(Ids):
    """A tag."""

    tag: Annotated[str, Field(min_length=1, max_length=work.LONGEST_TAG, examples=["billing"])]


class Noted(Ids):
    """A line for the log."""

    words: Annotated[str, Field(min_length=1, max_length=work.LONGEST_NOTE)]


class Changed(BaseModel):
    """Of how many mentions something is another way now."""

    changed: int


@router.post("/mentions/correct", responses=problems(404))
@for_brands
def correct(site: Of, by: Editor, body: Corrected) -> Changed:
    """Correct the label. It counts at once and survives relabelling."""
    return Changed(changed=work.correct(site, by, body.ids, body.label, now=site.clock()))


@router.post("/mentions/take-back", responses=problems(404))
@for_brands
def take_back(site: Of, by: Editor, body: Ids) -> Changed:
    """Take people's labels back: the model's count again. The log says what each was and is."""
    return Changed(changed=work.take_back(site, by, body.ids, now=site.clock()))


@router.post("/mentions/irrelevant", responses=problems(404))
@for_brands
def set_irrelevant(site: Of, by: Editor, body: Irrelevant) -> Changed:
    """Leave mentions out of the figures, or take them in."""
    return Changed(changed=work.set_irrelevant(site, by, body.ids, body.irrelevant, now=site.clock()))


@router.post("/mentions/assign", responses=problems(404))
@for_brands
def assign(site: Of, by: Editor, body: Assigned) -> Changed:
    """Give them to somebody."""
    return Changed(changed=work.assign(site, by, body.ids, body.to, now=site.clock()))


@router.post("/mentions/tag", responses=problems(404))
@for_brands
def tag(site: Of, by: Editor, body: Tagged) -> Changed:
    """Put a tag on them."""
    return Changed(changed=work.tag(site, by, body.ids, body.tag, now=site.clock()))


@router.post("/mentions/untag", responses=problems(404))
@for_brands
def untag(site: Of, by: Editor, body: Tagged) -> Changed:
    """Take a tag off them."""
    return Changed(changed=work.untag(site, by, body.ids, body.tag, now=site.clock()))


@router.post("/mentions/note", responses=problems(404))
@for_brands
def note(site: Of, by: Editor, body: Noted) -> Changed:
    """Write a line into their logs."""
    return Changed(changed=work.note(site, by, body.ids, body.words, now=site.clock()))


@router.post("/mentions/resolve", responses=problems(404))
@for_brands
def resolve(site: Of, by: Editor, body: Ids) -> Changed:
    """Close them."""
    return Changed(changed=work.resolve(site, by, body.ids, now=site.clock()))


@router.post("/mentions/reopen", responses=problems(404))
@for_brands
def reopen(site: Of, by: Editor, body: Ids) -> Changed:
    """Open closed ones again."""
    return Changed(changed=work.reopen(site, by, body.ids, now=site.clock()))
