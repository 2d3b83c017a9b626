"""How many the brand's own accounts come before, and who follows them."""

from metrics.catalogue.of_facts import facts_of, nothing, total
from metrics.formulas import audience
from metrics.formulas.audience import Following, following
from metrics.formulas.flows import RULE, channels_of, imported_channels, own_posts, told
from metrics.formulas.rates import interactions
from metrics.inputs import Figure, Inputs
from metrics.metric import Metric, Need
from metrics.missing import needs, no_accounts, none_of, read
from metrics.saying import Listed, Said
from metrics.types import Part

_BOTH: frozenset[Need] = frozenset({"own", "facts"})
ADDED_UP = "reach is added up over posts or imported days: who was reached twice counts twice"


def _reach(i: Inputs) -> Figure:
    found, shown = told(i, "reach", "reach"), told(i, "impressions", "views")
    if found.value is None:
        return found
    notes = (ADDED_UP, *found.notes)
    alike = channels_of(i, "reach", "reach") <= channels_of(i, "impressions", "views")
    if alike and shown.value is not None and found.value > shown.value:
        odd = "reach is above the impressions ({shown:,.0f}), which cannot be: check what was imported"
        notes = (Said(odd, shown=shown.value), *notes)
    return Figure(found.value, found.n, notes=notes)


def _reach_rate(i: Inputs) -> Figure:
    found, followed = told(i, "reach", "reach"), following(i)
    if found.value is None or followed is None:
        return Figure(None, 0, missing=found.missing or no_followers(i).missing)
    value = audience.reach_rate(found.value, followed.now)
    if value is None:
        return no_followers(i)
    of = channels_of(i, "reach", "reach")
    beyond = followed.channels - of
    notes = (ADDED_UP, *found.notes, *_unseen(followed))
    if "" not in of and beyond:
        names = Listed(sorted(beyond - {""}) or [Said("every network")])
        line = "the followers on {names} are in it, the reach there is not: --source compares like with like"
        notes = (Said(line, names=names), *notes)
    return Figure(value, round(followed.now), notes=notes)


def _followers(i: Inputs) -> Figure:
    found = following(i)
    if found is None:
        return no_followers(i)
    return Figure(found.now, round(found.now), notes=_unseen(found))


def _growth(i: Inputs) -> Figure:
    found = following(i)
    if found is None:
        return no_followers(i)
    if found.start is None or found.end is None:
        return Figure(None, 0, missing=needs(["followers at the start"], _not_before(i)))
    value = audience.audience_growth_rate(found.end, found.start)
    if value is None:
        return Figure(None, 0, missing=needs(["followers at the start"], "there were none"))
    once = Said("without {names}: not seen at the start of the period", names=Listed(found.once))
    notes = [once] if found.once else []
    if found.days is not None:
        line = "from followers as read on {first} and on {last}"
        notes.append(Said(line, first=found.days[0], last=found.days[1]))
    return Figure(value, round(found.start), notes=(*notes, *_unseen(found)))


def _not_before(i: Inputs) -> str:
    """Since when the accounts are read, where that is known."""
    first = [account.end_at for account in (i.own.accounts if i.own else ()) if account.end_at]
    if not first:
        return "no account was read, nor imported for the time before the period"
    line = "no account was read before {day:%Y-%m-%d}, nor imported for the time before the period"
    return Said(line, day=min(first))


def no_followers(i: Inputs) -> Figure:
    """No figure, for want of followers."""
    if i.own is None:
        return no_accounts(i)
    if i.role == "competitor":
        return Figure(None, 0, missing=needs(["followers"], "no account of it was read in this time"))
    imported = none_of(i, ["followers"])
    line = Said("no own account was read in this time, and {imported}", imported=read(imported)[1])
    why = line if imported else "the accounts have none"
    return Figure(None, 0, missing=needs(["followers"], why))


def _unseen(found: Following) -> tuple[str, ...]:
    line = Said("without the followers of {names}: not read in this time", names=Listed(found.unseen))
    return (line,) if found.unseen else ()


def _demographics(i: Inputs) -> Figure:
    groups = dict(facts_of(i).details.get("audience", {}))
    shares = audience.audience_demographics({group: k for group, k in groups.items() if k > 0})
    if not shares:
        return Figure(None, 0, missing=none_of(i, ["audience"]) or nothing("audience"))
    kinds = {group: round(sum(groups[g] for g in shares if _kind(g) == _kind(group))) for group in shares}
    largest = max(shares, key=lambda group: (shares[group], kinds[group]))
    return Figure(
        shares[largest],
        kinds[largest],
        parts=tuple(Part(group, share, kinds[group]) for group, share in shares.items()),
        notes=(
            Said("the largest group is {group}; as declared or reported, nothing is inferred", group=largest),
        ),
    )


def _kind(group: str) -> str:
    return group.partition("=")[0]


def _quality(i: Inputs) -> Figure:
    if i.own is None:
        return no_accounts(i)
    found = following(i)
    if found is None or found.now <= 0:
        return no_followers(i)
    done = [k for post in own_posts(i) if found.covers(post.source) and (k := interactions(post)) is not None]
    if not done:
        return Figure(
            None, 0, missing=needs(["own posts"], "none in this time that the network tells interactions of")
        )
    parts, notes = _suspicious(i, found)
    return Figure(
        audience.follower_quality(sum(done), found.now),
        len(done),
        parts=parts,
        notes=(*_unseen(found), *notes),
    )


def _suspicious(i: Inputs, found: Following) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The share of suspicious followers, where they and the followers are of the same channels; else why there is none."""
    suspicious = facts_of(i).values.get("suspicious_followers")
    if suspicious is None:
        return (), ("the share of suspicious followers is not known: no suspicious_followers were imported",)
    of = imported_channels(facts_of(i), "suspicious_followers")
    if of != found.channels and "" not in of:
        line = "suspicious followers were imported for {names} alone: --source tells their share there"
        return (), (Said(line, names=Listed(sorted(of))),)
    return (Part("suspicious followers", 100 * suspicious / found.now, round(found.now)),), ()


METRICS = (
    Metric(
        "reach",
        "Reach",
        f"distinct people who saw a post or were reached on a day, added up; {RULE}",
        "people",
        "up",
        _reach,
        _BOTH,
        inputs=("reach", "impressions to hold it against"),
        data=("O", "I"),
    ),
    Metric(
        "impressions",
        "Impressions",
        f"times shown, one person may count more than once; views of own posts where a network publishes them; {RULE}",
        "count",
        "up",
        lambda i: told(i, "impressions", "views"),
        _BOTH,
        inputs=("impressions",),
        data=("O", "P", "I"),
    ),
    Metric(
        "reach_rate",
        "Reach rate",
        "reach / followers x 100",
        "%",
        "up",
        _reach_rate,
        _BOTH,
        inputs=("reach", "followers"),
        data=("O", "I"),
    ),
    Metric(
        "followers",
        "Followers",
        "followers of the own accounts at the end of the window; an imported channel's as imported",
        "count",
        "up",
        _followers,
        _BOTH,
        inputs=("followers",),
        data=("P", "I"),
        vanity=True,
    ),
    Metric(
        "audience_growth_rate",
        "Audience growth rate",
        "(followers at the end - at the start) / followers at the start x 100, of the accounts known at both",
        "%",
        "up",
        _growth,
        _BOTH,
        inputs=("followers at the start", "followers at the end"),
        data=("P", "I"),
    ),
    Metric(
        "profile_visits",
        "Profile visits",
        f"visits to the own profile; {RULE}",
        "count",
        "up",
        lambda i: told(i, "profile_visits", "visits"),
        _BOTH,
        inputs=("profile_visits",),
        data=("O", "I"),
    ),
    Metric(
        "search_impressions",
        "Search impressions",
        "times the site was shown in search results",
        "count",
        "up",
        total("search_impressions"),
        frozenset({"facts"}),
        inputs=("search_impressions",),
        data=("I",),
    ),
    Metric(
        "audience_demographics",
        "Audience: its largest group",
        "the largest share of one group (country, language, interest, age band, gender) as declared or imported, x 100; "
        "every group beside it",
        "%",
        "none",
        _demographics,
        frozenset({"facts"}),
        inputs=("audience",),
        data=("O", "I"),
    ),
    Metric(
        "follower_quality",
        "Follower quality",
        "public interactions with own posts / followers x 100, beside the share of suspicious followers where imported",
        "%",
        "up",
        _quality,
        _BOTH,
        inputs=("interactions with own posts", "followers", "suspicious_followers where imported"),
        data=("P", "O", "I"),
        source="own definition",
    ),
)
