"""How much is said of a brand, by whom, and how many it could come before."""

from metrics.formulas import change, reach, share_of_voice, volume
from metrics.inputs import Figure, Inputs
from metrics.metric import Metric
from metrics.missing import needs
from metrics.saying import Said
from metrics.stretches import BEGINNING
from metrics.voice.clusters import Loudness


def _voice(i: Inputs) -> Figure:
    value = share_of_voice.share_of_voice(i.mentions, i.all_mentions)
    if value is None:
        return Figure(None, 0, missing=needs(["mentions"], "none of any tracked brand in this time"))
    own = i.loudness or Loudness().of(i.mentions)
    others = i.others_loudness or Loudness().of(i.all_mentions - i.mentions)
    return Figure(value, i.all_mentions, share_of_voice.share_of_voice_interval(own, others))


def _people(i: Inputs) -> Figure:
    own, everybody = i.authors or 0, i.all_authors or 0
    others, named = everybody - own, i.all_named - i.named
    value = share_of_voice.share_of_voice_people(own, everybody)
    if value is None:
        return Figure(None, 0, missing=needs(["authors"], "none is known of any tracked brand's mentions"))
    heard = Loudness(own, own, own, i.named), Loudness(others, others, others, named)
    return Figure(value, everybody, share_of_voice.share_of_voice_interval(*heard))


def _reach(i: Inputs) -> Figure:
    """Without a value where there are mentions and nobody tells the followers of any author: that is not a reach of 0."""
    if (i.mentions or i.reposts) and (i.reached or 0) <= i.unmeasured:
        line = Said("no network tells those of the {n:,} authors", n=i.reached or 0)
        why = line if i.reached else "no author is known"
        return Figure(None, i.reached or 0, missing=needs(["followers"], why))
    followers = reach.potential_reach(i.followers or 0)
    return Figure(followers, i.reached or 0, reach.reach_interval(followers))


def _change(i: Inputs) -> Figure:
    so_far = i.mentions if i.so_far is None else i.so_far
    if i.before is None:
        return Figure(None, so_far, missing=BEGINNING)
    value = change.change(so_far, i.before.mentions)
    if value is None:
        return Figure(None, so_far, missing=needs(["mentions in the period before"], "none"))
    return Figure(value, so_far)


METRICS = (
    Metric(
        "mentions",
        "Mentions",
        "posts naming the brand, each once; reposts apart",
        "count",
        "up",
        lambda i: Figure(volume.mentions(i.mentions), i.mentions),
        empty=0,
        inputs=("posts that name the brand",),
    ),
    Metric(
        "mentions_change",
        "Change in mentions",
        "(mentions - mentions of the previous period) / mentions of the previous period x 100; "
        "of a period that still runs, both until the same day and time",
        "%",
        "up",
        _change,
        frozenset({"sums", "previous"}),
        inputs=("mentions", "mentions of the period before"),
        version=2,
        source="own definition, as everybody computes it",
    ),
    Metric(
        "reposts",
        "Reposts",
        "times that posts naming the brand were passed on unchanged",
        "count",
        "up",
        lambda i: Figure(volume.reposts(i.reposts), i.reposts),
        empty=0,
        inputs=("reposts of posts that name the brand",),
        source="own choice; tools that add reposts to mentions show larger counts",
    ),
    Metric(
        "unlabelled",
        "Waiting for a label",
        "mentions - labelled - those that cannot be labelled",
        "count",
        "down",
        lambda i: Figure(volume.unlabelled(i.mentions, i.labelled, i.failed), i.mentions),
        empty=0,
        inputs=("mentions", "their labels"),
        source="own definition",
    ),
    Metric(
        "share_of_voice",
        "Share of voice",
        "mentions of the brand / mentions of all tracked brands x 100",
        "%",
        "up",
        _voice,
        frozenset({"sums", "people"}),
        interval="95 % for authors drawn with all that they say: it allows for one author posting many times",
        inputs=("mentions of every tracked brand", "their authors"),
        version=2,
        source="the usual definition of the field, with the tracked brands as the whole",
    ),
    Metric(
        "share_of_voice_people",
        "Share of voice, by people",
        "distinct authors naming the brand / sum over brands of distinct authors x 100",
        "%",
        "up",
        _people,
        frozenset({"sums", "people"}),
        interval="95 % for authors drawn with all the brands that they name",
        inputs=("authors of the mentions of every tracked brand",),
        version=2,
        source="own definition",
    ),
    Metric(
        "potential_reach",
        "Potential reach",
        "sum of the followers of distinct mentioning or sharing authors",
        "people",
        "up",
        _reach,
        frozenset({"sums", "reach"}),
        empty=0,
        interval=f"2 % to 5 % of the followers, which a post usually comes before ({reach.FORMULA}): no error bar",
        error_bar=False,
        inputs=("authors of mentions and reposts", "their followers"),
        source="the usual definition of the field, each author once",
    ),
)
