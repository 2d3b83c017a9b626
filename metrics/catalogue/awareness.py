"""How much is said of a brand, by whom, and how many it could come before."""

from metrics import change, reach, share_of_voice, volume
from metrics.inputs import Figure, Inputs
from metrics.interval import INDEPENDENT
from metrics.metric import Metric


def _voice(i: Inputs) -> Figure:
    value = share_of_voice.share_of_voice(i.mentions, i.all_mentions)
    return Figure(value, i.all_mentions, share_of_voice.share_of_voice_interval(i.mentions, i.all_mentions))


def _people(i: Inputs) -> Figure:
    own, everybody = i.authors or 0, i.all_authors or 0
    value = share_of_voice.share_of_voice_people(own, everybody)
    return Figure(value, everybody, share_of_voice.share_of_voice_interval(own, everybody))


def _reach(i: Inputs) -> Figure:
    followers = reach.potential_reach(i.followers or 0)
    return Figure(followers, i.reached or 0, reach.reach_interval(followers))


def _change(i: Inputs) -> Figure:
    before = i.before.mentions if i.before else None
    return Figure(change.change(i.mentions, before), i.mentions)


METRICS = (
    Metric(
        "mentions",
        "Mentions",
        "posts naming the brand, each once; reposts apart",
        "count",
        "up",
        lambda i: Figure(volume.mentions(i.mentions), i.mentions),
        empty=0,
    ),
    Metric(
        "mentions_change",
        "Change in mentions",
        "(mentions - mentions of the previous period) / mentions of the previous period x 100",
        "%",
        "up",
        _change,
        frozenset({"sums", "previous"}),
    ),
    Metric(
        "reposts",
        "Reposts",
        "times that posts naming the brand were passed on unchanged",
        "count",
        "up",
        lambda i: Figure(volume.reposts(i.reposts), i.reposts),
        empty=0,
    ),
    Metric(
        "unlabelled",
        "Waiting for a label",
        "mentions - labelled - those that cannot be labelled",
        "count",
        "down",
        lambda i: Figure(volume.unlabelled(i.mentions, i.labelled, i.failed), i.mentions),
        empty=0,
    ),
    Metric(
        "share_of_voice",
        "Share of voice",
        "mentions of the brand / mentions of all tracked brands x 100",
        "%",
        "up",
        _voice,
        interval=INDEPENDENT,
    ),
    Metric(
        "share_of_voice_people",
        "Share of voice, by people",
        "distinct authors naming the brand / sum over brands of distinct authors x 100",
        "%",
        "up",
        _people,
        frozenset({"sums", "people"}),
        interval="95 % of what chance gives for independently drawn authors (Wilson)",
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
        vanity=True,
    ),
)
