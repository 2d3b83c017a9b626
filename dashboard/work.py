"""What people do with mentions and alerts from the dashboard and the API, each written to the log of changes."""

from collections.abc import Callable, Sequence
from datetime import datetime

from dashboard.actions import Told
from dashboard.errors import BadFilter, NotFound
from dashboard.security import audit
from dashboard.security.access import Principal, sees
from dashboard.site import Site
from dashboard.views.alerts import told_to
from storage import alerts as alert_store
from storage import labels, review, workflow
from storage.mentions import MentionFilter, MentionRow, find
from storage.standings import HUMAN
from storage.types import Sentiment

MOST_IDS = 500
LONGEST_NAME, LONGEST_TAG, LONGEST_NOTE = 100, 60, 1_000


def correct(site: Site, by: Principal, ids: Sequence[int], label: Sentiment, *, now: datetime) -> int:
    """Give these mentions a person's label; the log has a line for each. Raises NotFound where one is not there: then nothing is changed."""
    before = _known(site, by, ids)
    for mention_id in ids:
        labels.correct(site.db, mention_id, label, now=now)
    audit.note_each(site, by, [(f"label {_word(before[n])} -> {label}", f"mention {n}") for n in before])
    return len(ids)


def take_back(site: Site, by: Principal, ids: Sequence[int], *, now: datetime) -> int:
    """Let the model's label count again where a person gave another. Returns how many had one. Raises NotFound."""
    before = _known(site, by, ids)
    corrected = [number for number, row in before.items() if row.model_id == HUMAN]
    changed = labels.take_back(site.db, corrected, now=now)
    after = {row.id: row for row in find(site.db, MentionFilter(ids=corrected, irrelevant=None))}
    told = {n: f"label {_word(before[n])} -> {_word(after[n])}, the model's" for n in corrected if n in after}
    audit.note_each(site, by, [(what, f"mention {n}") for n, what in told.items()])
    return changed


def _word(row: MentionRow) -> str:
    return row.label or "none"


def set_irrelevant(
    site: Site, by: Principal, ids: Sequence[int], irrelevant: bool | None, *, now: datetime
) -> int:
    """Say that these are not about their brand, that they are, or (None) nothing. Returns of how many the word is another than before."""
    _known(site, by, ids)
    changed = review.mark_irrelevant(site.db, ids, irrelevant, now=now)
    _noted(site, by, f"irrelevant {irrelevant}", ids)
    return changed


def assign(site: Site, by: Principal, ids: Sequence[int], to: str | None, *, now: datetime) -> int:
    """Give these to somebody, or (None) to nobody. Returns how many changed hands."""
    name = _short("to", to, LONGEST_NAME) if to is not None else None
    return _worked(site, by, ids, "assign", lambda: workflow.assign(site.db, ids, name, by=by.name, now=now))


def tag(site: Site, by: Principal, ids: Sequence[int], name: str, *, now: datetime) -> int:
    """Put a tag on these. Returns how many did not have it."""
    name = _short("tag", name, LONGEST_TAG)
    return _worked(site, by, ids, "tag", lambda: workflow.tag(site.db, ids, name, by=by.name, now=now))


def untag(site: Site, by: Principal, ids: Sequence[int], name: str, *, now: datetime) -> int:
    """Take a tag off these. Returns how many had it."""
    name = _short("tag", name, LONGEST_TAG)
    return _worked(site, by, ids, "untag", lambda: workflow.untag(site.db, ids, name, by=by.name, now=now))


def resolve(site: Site, by: Principal, ids: Sequence[int], *, now: datetime) -> int:
    """Close these. Returns how many were open."""
    return _worked(site, by, ids, "resolve", lambda: workflow.resolve(site.db, ids, by=by.name, now=now))


def reopen(site: Site, by: Principal, ids: Sequence[int], *, now: datetime) -> int:
    """Open these again. Returns how many were closed."""
    return _worked(site, by, ids, "reopen", lambda: workflow.reopen(site.db, ids, by=by.name, now=now))


def note(site: Site, by: Principal, ids: Sequence[int], words: str, *, now: datetime) -> int:
    """Write a line into these mentions' logs. Returns how many there are."""
    words = _short("words", words, LONGEST_NOTE)
    return _worked(site, by, ids, "note", lambda: workflow.note(site.db, ids, words, by=by.name, now=now))


def acknowledge_alert(site: Site, by: Principal, alert_id: int, *, now: datetime) -> None:
    """Somebody is at it. Raises NotFound, AlertError."""
    _alert(site, by, alert_id)
    alert_store.acknowledge(site.db, alert_id, by=by.name, now=now)
    audit.note(site, by, "acknowledge", f"alert {alert_id}")


def snooze_alert(site: Site, by: Principal, alert_id: int, until: datetime, *, now: datetime) -> None:
    """Tell nothing of it before that time. Raises NotFound, AlertError."""
    _alert(site, by, alert_id)
    alert_store.snooze(site.db, alert_id, until=until, by=by.name, now=now)
    audit.note(site, by, "snooze", f"alert {alert_id}")


def resolve_alert(site: Site, by: Principal, alert_id: int, real: bool | None, *, now: datetime) -> None:
    """Close it, and say whether it was real. Raises NotFound, AlertError."""
    _alert(site, by, alert_id)
    alert_store.resolve(site.db, alert_id, by=by.name, now=now, real=real)
    audit.note(site, by, "resolve", f"alert {alert_id}")


def note_on_alert(site: Site, by: Principal, alert_id: int, words: str, *, now: datetime) -> None:
    """Write something down beside it. Raises NotFound, AlertError."""
    _alert(site, by, alert_id)
    alert_store.note(site.db, alert_id, _short("words", words, LONGEST_NOTE), by=by.name, now=now)
    audit.note(site, by, "note", f"alert {alert_id}")


def test_notification(site: Site, by: Principal, *, now: datetime) -> Sequence[Told]:
    """Send one test message to each channel."""
    told = site.actions.test_notification(now=now)
    audit.note(site, by, "sent a test message", ", ".join(one.channel for one in told)[:200])
    return told


def _alert(site: Site, by: Principal, alert_id: int) -> None:
    one = alert_store.alert(site.db, alert_id)
    if one is None or not told_to(by, one):
        raise NotFound(f"there is no alert {alert_id}")


def _known(site: Site, by: Principal, ids: Sequence[int]) -> dict[int, MentionRow]:
    """These mentions. Raises NotFound for the first number that no mention has which `by` may see, BadFilter for none or too many."""
    if not 0 < len(ids) <= MOST_IDS:
        raise BadFilter("ids", f"takes 1 to {MOST_IDS} numbers of mentions")
    found = find(site.db, MentionFilter(ids=list(ids), irrelevant=None))
    known = {row.id: row for row in found if sees(by, row.brand_id)}
    unknown = [number for number in ids if number not in known]
    if unknown:
        raise NotFound(f"there is no mention {unknown[0]}; nothing was changed")
    return known


def _worked(site: Site, by: Principal, ids: Sequence[int], what: str, act: Callable[[], int]) -> int:
    """Do it with mentions that are all there, and log it. Returns of how many something is another way now."""
    _known(site, by, ids)
    changed = act()
    _noted(site, by, what, ids)
    return changed


def _noted(site: Site, by: Principal, what: str, ids: Sequence[int]) -> None:
    about = f"mention {ids[0]}" if len(ids) == 1 else f"{len(ids)} mentions from {min(ids)} on"
    audit.note(site, by, what, about)


def _short(name: str, text: str, most: int) -> str:
    found = " ".join(text.replace("\x00", " ").split())
    if not 0 < len(found) <= most:
        raise BadFilter(name, f"takes 1 to {most} characters")
    return found
