"""Which mentions an address asks for beside the filters, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from dashboard.errors import BadFilter
from dashboard.filters import MOST_VALUES, Filters
from storage.mentions import Judged, MentionFilter

Sort = Literal["newest", "reach", "engagement", "negative"]
SORTS: tuple[Sort, ...] = get_args(Sort)
LABELS: tuple[Judged, ...] = get_args(Judged)
Flag = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Which:
    """What the page of mentions asks for beside the filters; as in storage.mentions.MentionFilter."""

    labels: tuple[Judged, ...] = ()
    author: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    resolved: bool | None = None
    corrected: bool | None = None
    irrelevant: bool = False
    reposts: bool = False
    sort: Sort = "newest"

    def of(self, filters: Filters) -> MentionFilter:
        """The mentions that are asked for."""
        return filters.mentions(
            labels=list(self.labels) or None,
            author=self.author,
            assignee=self.assignee,
            tags=list(self.tags) or None,
            resolved=self.resolved,
            corrected=self.corrected,
            irrelevant=self.irrelevant,
            reposts=None if self.reposts else False,
        )

    @property
    def plain(self) -> bool:
        """Whether nothing but the order is asked for."""
        return self in (Which(), Which(sort=self.sort))


ALL = Which()
"""Every mention that counts, the newest first."""


def which(given: Mapping[str, Sequence[str]]) -> Which:
    """What an address's parameters ask for. Raises BadFilter naming the parameter and what it takes.

    label=negative      negative, neutral, positive, failed or unlabelled, may be repeated
    author=@somebody    a handle or the network's id
    assignee=ann  tag=billing (may be repeated)  resolved=yes  corrected=no  irrelevant=yes  reposts=yes
    sort=newest         newest, reach, engagement or negative

    >>> which({"label": ["negative"], "resolved": ["no"]})
    Which(labels=('negative',), author=None, assignee=None, tags=(), resolved=False, corrected=None, irrelevant=False, reposts=False, sort='newest')
    """
    labels = _several(given, "label")
    if unknown := set(labels) - set(LABELS):
        raise BadFilter("label", f"takes {', '.join(LABELS)}; not {sorted(unknown)[0][:100]!r}")
    sort = _one(given, "sort") or "newest"
    if sort not in SORTS:
        raise BadFilter("sort", f"takes {', '.join(SORTS)}")
    return Which(
        labels=tuple(labels),  # type: ignore[arg-type]
        author=_one(given, "author"),
        assignee=_one(given, "assignee"),
        tags=tuple(_several(given, "tag")),
        resolved=_flag(given, "resolved"),
        corrected=_flag(given, "corrected"),
        irrelevant=_flag(given, "irrelevant") or False,
        reposts=_flag(given, "reposts") or False,
        sort=sort,
    )


def _several(given: Mapping[str, Sequence[str]], name: str) -> list[str]:
    values = list(dict.fromkeys(value for value in given.get(name, ()) if value))
    if len(values) > MOST_VALUES or any(len(value) > 200 or "\x00" in value for value in values):
        raise BadFilter(name, f"takes at most {MOST_VALUES} short values")
    return values


def _one(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = _several(given, name)
    if len(values) > 1:
        raise BadFilter(name, "may be given once")
    return values[0] if values else None


def _flag(given: Mapping[str, Sequence[str]], name: str) -> bool | None:
    value = _one(given, name)
    if value not in (None, "yes", "no"):
        raise BadFilter(name, "takes yes or no")
    return None if value is None else value == "yes"
