"""Every text of an alert, in one place: to say it in another language, translate this and nothing else.

Templates of `str.format`. Where a text counts something, it has two forms: for one, and for any other number.
"""

from collections.abc import Mapping

COUNTED: Mapping[str, tuple[str, str]] = {
    "mention": ("{n} mention", "{n} mentions"),
    "negative mention": ("{n} negative mention", "{n} negative mentions"),
    "repost": ("{n} repost", "{n} reposts"),
    "account": ("{n} account", "{n} accounts"),
    "follower": ("{n} follower", "{n} followers"),
    "post": ("{n} post", "{n} posts"),
    "point": ("{n} point", "{n} points"),
    "alert": ("{n} alert", "{n} alerts"),
    "other brand": ("the other brand", "the {n} other brands together"),
    "minute": ("a minute", "{n} minutes"),
    "hour": ("an hour", "{n} hours"),
    "day": ("a day", "{n} days"),
    "month": ("a month", "{n} months"),
    "year": ("a year", "{n} years"),
    "false alarm": ("{n} false alarm", "{n} false alarms"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

TEXTS: Mapping[str, str] = {
    "time": "{day} {month} {year}, {clock}",
    "day": "{day} {month} {year}",
    "month": "month",
    "unknown": "unknown",
    "in zone": "{time} ({zone})",
    "brand": "{brand}: {what}",
    # Titles
    "spike": "{seen} in {window}, {expected} expected",
    "spike on": "{seen} on {source} in {window}, {expected} expected",
    "share": "{seen} of mentions negative in {window}, {expected} expected",
    "share on": "{seen} of mentions on {source} negative in {window}, {expected} expected",
    "author": "{author} wrote of it ({followers})",
    "author negative": "{author} wrote something negative ({followers})",
    "author gone": "an account that many follow wrote of it",
    "followers unknown": "followers not known",
    "keyword": "{mentions} of “{name}” within {window}",
    "overtaken": "{other} has overtaken it in share of voice",
    "leads": "{other} now leads it in share of voice",
    "goal at risk": "the goal “{kpi}” is at risk",
    "goal missed": "the goal “{kpi}” is missed",
    "goal review": "the goal “{kpi}” is due for a look",
    "down": "{source} cannot be collected",
    "budget spent": "the budget of {source} is spent",
    "labelling": "mentions are not being labelled",
    "worse": "worse now: {title}",
    "over": "over: {title}",
    "spike over": "back to the usual after {lasted}",
    "spike closed": "closed by {by} after {lasted}",
    "spike closed as false": "closed by {by} after {lasted}, a false alarm",
    "digest": "{alerts}: {severities}",
    "no alerts": "No alerts",
    "test": "Test message of Listener",
    # Since when, how much, how rare
    "since": "Since {at}.",
    "seen": "Seen: {seen} in {window} to {until}. Expected: {expected}, and 95 times in 100 between {low} and {high}.",
    "seen share": "Seen: {seen} of {of} negative in {window} to {until}, {share}. Expected: {expected} negative, and 95 times "
    "in 100 between {low} and {high}.",
    "on source": "On {source}. {line}",
    "rare": "By itself this comes {often}.",
    "often": "about {n} times a month",
    "often once": "about once in {span}",
    "hardly ever": "less than once in {span}",
    # What drives it
    "drives": "What drives it: {what}, in {count} of {of}. It explains {share} of what is beyond the expected ({low} to {high}); before, {usual}.",
    "also drives": "Also: {what}, in {count} of {of}: {share} ({low} to {high}); before, {usual}.",
    "usual": "{share} of mentions had it",
    "never": "none had it",
    "link": "the link {name}",
    "hashtag": "the hashtag {name}",
    "term": "the words “{name}”",
    "word": "the word “{name}”",
    "term also": "the words “{name}” (with “{also}”)",
    "source": "posts on {name}",
    "language": "posts in the language “{name}”",
    "author is": "posts by {author}",
    "an account": "one account",
    "cascade": "one post passed on again and again",
    "cascade of": "one post by {author} passed on again and again",
    "nothing new": "What drives it: nothing stands out. People speak of the same things as before, only more.",
    "no baseline": "What drives it cannot be told: too little was said before to compare it with.",
    "sampled": "One in {n} of the mentions was read for this.",
    # Only us or everyone
    "only": "Only you: {others} had {seen}, {expected} to be expected.",
    "more": "You more than the others: {others} had {seen}, {expected} to be expected ({ratio} times the usual, {low} to {high}).",
    "everyone": "Everyone: {others} had {seen}, {expected} to be expected ({ratio} times the usual, {low} to {high}).",
    "unclear": "Only you or everyone: it cannot be told, too little is said of the other brands.",
    "alone": "Only you or everyone: it cannot be told, no other brand is tracked.",
    # Who, and how far
    "crowd": "Written by {accounts}; the loudest wrote {loudest} of {posts}.",
    "copies": "{copies} of {posts} repeat the words of another one.",
    "campaign": "{burst} of {posts} are of texts that ten accounts or more posted within minutes: this looks like a campaign.",
    "languages": "Languages: {mix}.",
    "so far": "So far",
    "in all": "In all",
    "reach": "{so_far}: {mentions} and {reposts} by {accounts} with {followers} together, each account once (potential reach). By rule of thumb "
    "2 to 5 % of them see it: {low} to {high}.",
    "reach unknown": "{so_far}: {mentions} and {reposts} by {accounts}. How many follow them, no network tells.",
    "unmeasured": "How many follow {n} of these accounts is not known.",
    "at least": "Accounts and followers are at least these: one in {n} of the posts was read.",
    # How serious
    "severity": "Severity: {severity} ({points}: rarity {rare}, size {large}, negative {negative}, reach {reach}; warning from {warning}, critical "
    "from {critical}).",
    "severity kept": "Severity: {severity}, the highest it has had.",
    "severity plain": "Severity: {severity}.",
    "severity influential_author": "Severity: {severity}. A negative post makes it a warning, ten times the followers that you asked for critical.",
    "severity keyword": "Severity: {severity}, as you set it for this keyword.",
    "was": "It was {before} when it opened or was told last; now it is {after}.",
    "far more": "It is far more than what was told before.",
    "unlabelled": "{mentions} of that time have no label yet, so it may be more.",
    "unseen": "Could not be looked at: {why}.",
    "achieved": "You accept {budget} a month for this brand.",
    "achieved rate": "You accept {budget} a month for this brand; in its last {months} this setting would have brought {achieved} a month.",
    "found": "Of bursts of three times the usual, set into its own past, {share} were noticed within 75 minutes.",
    "found after": "Of bursts of three times the usual, set into its own past, {share} were noticed within 75 minutes, half of them "
    "within {minutes}.",
    # Over
    "lasted": "It lasted {lasted}, from {since} to {until}.",
    "total": "In that time: {mentions}.",
    "peak": "The most in an hour: {mentions}, from {at}.",
    "closed": "Closed by {who}.",
    "false alarm": "It was called a false alarm.",
    # Other rules
    "author posts": "{mentions} in the last day, {negative} of them negative.",
    "author named": "You asked to hear of this account.",
    "keyword query": "What was looked for: {query}. At least {at_least} within {window} are worth an alert.",
    "overtaken shares": "{brand} has {share} of all mentions from {first} to {last}, {other} {share_other}.",
    "overtaken before": "In the time before it was {share}, and {other} {share_other}.",
    "overtaken chance": "Chance alone puts a brand so far ahead in {chance} of such comparisons.",
    "goal now": "It stands at {now}, the target is {target} by {by}.",
    "goal chance": "The chance to reach it is {chance}.",
    "goal owner": "It belongs to {owner}.",
    "goal due": "A look at it is due since {day}.",
    "source last": "The last success was at {at}.",
    "source never": "It has never worked.",
    "source error": "What it says: {error}",
    "source retry": "It is tried again at {at}.",
    "waiting": "Waiting for a label: {mentions}.",
    "blind": "While this lasts, spikes there cannot be seen, and no alert of them comes.",
    "by": "{author} on {source}",
    "post": "{text} — {who}, {when}",
    "digest line": "{severity}: {title} ({state})",
    "open since": "open since {at}",
    "over at": "over since {at}",
    "reported": "From {since} to {until}.",
    "more alerts": "And {alerts} more: {severities}.",
    "test line": "Alerts reach you here. Nothing has happened: this is a test, sent by hand at {at}.",
    "notice": "notice",
    "warning": "warning",
    "critical": "critical",
}


def text(name: str, /, **values: object) -> str:
    """A text with its values.

    >>> text("rare", often=text("often once", span="3 years"))
    'By itself this comes about once in 3 years.'
    """
    return TEXTS[name].format(**values)


def counted(n: float, what: str, shown: str | None = None) -> str:
    """A number of things, `shown` as it is to be read.

    >>> counted(1, "mention"), counted(0, "repost"), counted(1, "hour"), counted(1_000_000, "follower", "1 million")
    ('1 mention', '0 reposts', 'an hour', '1 million followers')
    """
    one, many = COUNTED[what]
    return (one if n == 1 else many).format(n=shown if shown is not None else f"{n:,.0f}")
