"""Figures and mentions as files: streamed, at any size."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from dashboard.api.mentions import AskedFor
from dashboard.api.routes import Asking, Of, router_of
from dashboard.errors import BadFilter, NotAllowed
from dashboard.export import MEDIA, MENTION_COLUMNS, POINT_COLUMNS, Form, mention_cells, redacted, stream
from dashboard.handing_on import Bounded, taker
from dashboard.security import audit
from dashboard.security.access import Viewer, for_brands
from dashboard.site import Site
from dashboard.views.figures import figures
from dashboard.views.view import Point
from metrics.periods import Every
from metrics.read import Against, series
from metrics.read.influencers import SPLIT
from metrics.registry import OVERVIEW
from metrics.types import MetricPoint
from storage.mentions import MentionRow, find
from storage.running import SOON, at_work

router = router_of("export")
MOST_POINTS = 50_000


@router.get(
    "/metrics",
    response_model=list[Point],
    responses={200: {"content": {MEDIA["csv"].split(";")[0]: {}, MEDIA["parquet"]: {}}}},
)
@for_brands
def read_metrics(
    site: Of,
    filters: Asking,
    names: Annotated[
        list[str] | None,
        Query(description="metrics, parted by commas or repeated; if not given those of the overview", examples=[["mentions,net_sentiment"]]),
    ] = None,
    every: Annotated[Every, Query(description="how long each bucket is")] = "day",
    against: Annotated[list[Against] | None, Query(description="what each figure is set against")] = None,
    by: Annotated[Literal["influencer"] | None, Query(description="every influencer that imported facts name, and what is of none")] = None,
    format: Annotated[Literal["json", "csv", "parquet"], Query(description="of the answer")] = "json",
) -> Any:  # fmt: skip
    """Figures by metric, brand and time, as `listener metrics` prints them."""
    wanted = [name.strip() for some in names or () for name in some.split(",") if name.strip()]
    many = len(wanted or (SPLIT if by else OVERVIEW)) * len(filters.brands) * _buckets(filters.days, every)
    if many > MOST_POINTS:
        raise BadFilter(
            "every",
            f"these are some {many:,} figures, {MOST_POINTS:,} at most: ask for fewer, or longer buckets",
        )
    if filters.limited and "competitors" in (against or ()):
        raise NotAllowed("competitors: this token may see no other brand; the category's sum has no names")
    if by and against:
        raise BadFilter("against", "sets nothing against what is told by influencer: leave one of them out")
    asked = figures(site, filters, site.clock()) | {"every": every, "by_influencer": by == "influencer"}
    found = series(site.db, wanted, against=against or (), **asked)
    if format == "json":
        return found
    columns = POINT_COLUMNS | dict.fromkeys(("lang", "campaign", "influencer", "query"), "text")
    return _file(format, columns, map(_cells, found), f"metrics-{filters.first_day}-{filters.last_day}")


def _buckets(days: int, every: Every) -> int:
    return max(1, {"hour": days * 24, "day": days, "week": days // 7, "month": days // 28, "all": 1}[every])


def _cells(point: MetricPoint) -> Mapping[str, Any]:
    told = point.as_json()
    return told | {"warnings": "; ".join(told["warnings"])}


@router.get(
    "/export/mentions",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The file, sent as it is read.",
            "content": {media.split(";")[0]: {"schema": {"type": "string"}} for media in MEDIA.values()},
        }
    },
)
@for_brands
def export_mentions(
    site: Of,
    by: Viewer,
    filters: Asking,
    asked_for: AskedFor,
    format: Annotated[Form, Query(description="of the file")] = "csv",
    ids_only: Annotated[bool, Query(description="ids and our own labels, no text and no author")] = False,
) -> StreamingResponse:
    """Every mention that the filters leave, oldest first.

    Of networks that forbid handing on more (X, unless the configuration says otherwise) only ids and labels are in it, whatever is asked for,
    and no more in 30 days than they allow: 429 says when there is room again.
    """
    if asked_for.sort != "newest":
        raise BadFilter("sort", "an export is in the order of time: leave it out")
    audit.note(site, by, "export mentions", filters.address("", format=format))
    wanted = asked_for.of(filters)
    bounded = Bounded(site, taker(by), wanted)
    bounded.check()
    days = f"{filters.first_day} – {filters.last_day}"
    kept = bounded.counted(_told(site, days, find(site.db, wanted, newest_first=False)))
    cells = redacted(map(mention_cells, kept), None if ids_only else site.settings.ids_only)
    return _file(format, MENTION_COLUMNS, cells, f"mentions-{filters.first_day}-{filters.last_day}")


def _told(site: Site, about: str, rows: Iterable[MentionRow]) -> Iterator[MentionRow]:
    """The rows, while how many of them there were is said where it takes long."""
    with at_work(site.db, "export", about, clock=site.clock, after=SOON) as told:
        for number, row in enumerate(rows):
            if number % 1_000 == 0:
                told(number)
            yield row


def _file(
    form: Form, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], name: str
) -> StreamingResponse:
    headers = {"content-disposition": f'attachment; filename="{name}.{form}"', "x-accel-buffering": "no"}
    return Streamed(stream(form, columns, rows), media_type=MEDIA[form], headers=headers)


class Streamed(StreamingResponse):
    """Ends its generator when whoever asked goes away, so that what did not leave is taken back at once: not when memory is collected, in
    whatever thread that happens, which may be the one that writes.
    """

    def __init__(self, content: Generator[bytes, None, None], **given: Any) -> None:
        super().__init__(content, **given)
        self._rows = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(self._rows.close)
