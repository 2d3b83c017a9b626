"""The fixed words of a report, in English; `metrics.texts.reports` has them in other languages."""

from collections.abc import Mapping

HEADINGS: Mapping[str, str] = {
    "short": "In short",
    "figures": "Figures",
    "said": "What people said",
    "original": "original",
    "made": "How these figures were made",
    "collected": "What was collected",
    "receipts": "Receipts",
    "numbers": "Each number in brackets in the summary. The command computes the figure again and names the posts behind it.",
}
