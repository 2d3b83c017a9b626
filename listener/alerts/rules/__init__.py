"""The rules beside spikes, one file each: what else is worth telling.

What each puts into `Finding.details`, in JSON (times ISO 8601, None where it is not known):

    influential_author  author_id, network, followers, named (in `influential_authors`), mentions (in the last day), negative (of them),
                        label (of the newest: negative, neutral, positive or None while it is not labelled)
    keyword             name, query, mentions (in the fullest stretch), at_least, within_s
    overtaken           other (the brand that leads now, by id), first, after (the days [first, after)), share, share_other, share_before,
                        share_other_before (percent of all mentions), chance (of such a lead by chance alone), led (whether the brand's own
                        lead was real before; False: nobody's was)
    goal                goal (its number), kpi, state ("at risk", "missed" or "review"), chance (0..1), now, target, unit, by (its last day),
                        owner (as it is configured), review_due (since which day; of "review" only)
    source_down         source (as configured; None for labelling), problem ("down", "budget spent" or "labelling"), error, error_kind,
                        last_ok_at, retry_at (when it renews), patience_s, waiting (mentions without a label)

`mention_ids` are the newest first, 20 at most.
"""

from listener.alerts.look import Looking
from listener.alerts.rules import goal, influential_author, keyword, overtaken, source_down
from listener.config_alerts import Alerts
from metrics.alerts.alert import Rule

RULES_LOOKING: dict[Rule, Looking] = {
    "influential_author": influential_author.look,
    "keyword": keyword.look,
    "overtaken": overtaken.look,
    "goal": goal.look,
    "source_down": source_down.look,
}


def rules_looking(alerts: Alerts) -> dict[Rule, Looking]:
    """The rules beside spikes that are not turned off."""
    return {rule: looking for rule, looking in RULES_LOOKING.items() if rule not in alerts.rules_off}
