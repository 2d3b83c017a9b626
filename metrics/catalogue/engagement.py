"""What people did with posts: interactions and their rates."""

from metrics import engagement
from metrics.inputs import Figure
from metrics.metric import Metric

METRICS = (
    Metric(
        "engagement",
        "Engagement",
        "likes, shares, comments and quotes of the posts, by each network's own formula, as last read",
        "count",
        "up",
        lambda i: Figure(engagement.engagement(i.seen), i.seen_posts),
        frozenset({"sums", "engagement"}),
    ),
)
