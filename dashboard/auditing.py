"""What people do in a check at random: draw posts, and say how each feels. Both are in the log of changes, without what was said."""

from datetime import datetime
from random import SystemRandom

from dashboard.errors import BadFilter, NotFound
from dashboard.security import audit as log
from dashboard.security.access import Principal
from dashboard.site import Site
from dashboard.views.audit import brand_of
from metrics.read.audit import still_open
from storage.audits import Said, answer, begin_draw, draws
from storage.mentions import MentionFilter, find

FEWEST, USUAL, MOST = 10, 50, 1_000


def draw(site: Site, by: Principal, brand_id: str, n: int, *, fresh: bool, now: datetime) -> int:
    """Draw `n` labelled mentions that were not checked yet, and return how many there were; 0 where none is left.

    While posts of an earlier draw wait those are gone on with, unless the draw is to be `fresh`. Raises NotFound, BadFilter.
    """
    brand = brand_of(site, brand_id)
    if not FEWEST <= n <= MOST:
        raise BadFilter("n", f"takes {FEWEST} to {MOST:,}")
    waiting = still_open(site.db, brand.id)
    if waiting and not fresh:
        return len(waiting)
    drawn = begin_draw(site.db, brand.id, n, seed=SystemRandom().getrandbits(48), now=now)
    if drawn is None:
        return 0
    log.note(site, by, "draw", f"{len(drawn.ids)} mentions of {brand.id} to check")
    return len(drawn.ids)


def say(
    site: Site, by: Principal, brand_id: str, mention_id: int, text_version: int, said: Said, *, now: datetime
) -> None:
    """Store what somebody says of a drawn mention. Raises NotFound, and BadFilter where its text is another by now."""
    brand = brand_of(site, brand_id)
    if not any(mention_id in drawn.ids for drawn in draws(site.db, brand.id)):
        raise NotFound(f"mention {mention_id} was not drawn for {brand.name}")
    row = next(iter(find(site.db, MentionFilter(ids=[mention_id], irrelevant=None))), None)
    if row is None:
        raise NotFound(f"mention {mention_id} has been erased")
    if row.text_version != text_version:
        raise BadFilter("text_version", "the post was edited meanwhile: read it again")
    answer(site.db, brand.id, mention_id, said, now=now)
    log.note(site, by, "check", f"mention {mention_id}")
