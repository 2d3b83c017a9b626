"""The options that several commands share."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer


class Format(str, Enum):
    table = "table"
    json = "json"
    csv = "csv"


class Every(str, Enum):
    hour = "hour"
    day = "day"
    week = "week"
    month = "month"
    all = "all"


class Area(str, Enum):
    awareness = "awareness"
    engagement = "engagement"
    conversion = "conversion"
    money = "money"
    experience = "experience"


class Feeling(str, Enum):
    positive = "positive"
    neutral = "neutral"
    negative = "negative"


ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", metavar="FILE", help="the configuration file", envvar="LISTENER_CONFIG"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="how to print")]
BrandOption = Annotated[
    Optional[list[str]], typer.Option("--brand", metavar="NAME", help="a brand's id or name; may be repeated")
]
SourceOption = Annotated[
    Optional[list[str]],
    typer.Option("--source", metavar="NETWORK", help="a network, such as x; may be repeated"),
]
SinceOption = Annotated[
    Optional[str],
    typer.Option(
        "--since", metavar="TIME", help="from this day or time on: 2027-03-01, or 7d for seven days ago"
    ),
]
UntilOption = Annotated[
    Optional[str],
    typer.Option("--until", metavar="TIME", help="up to this day or time, which is not counted itself"),
]
FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="the files to read", show_default=False)
]
CONFIG = Path("config.toml")


class Slices(str, Enum):
    source = "source"
    lang = "lang"
    campaign = "campaign"
    influencer = "influencer"


class Compare(str, Enum):
    previous = "previous"
    year = "year"
    competitors = "competitors"
    category = "category"


LangOption = Annotated[
    Optional[list[str]],
    typer.Option("--lang", metavar="LANGUAGE", help="a language, such as en; may be repeated"),
]
QueryOption = Annotated[
    Optional[str],
    typer.Option("--query", metavar="QUERY", help="in the query language, as in config.toml"),
]
CampaignOption = Annotated[
    Optional[str],
    typer.Option("--campaign", metavar="ID", help="the posts and days of one of config.toml's [[campaigns]]"),
]
HashtagOption = Annotated[
    Optional[list[str]],
    typer.Option(
        "--hashtag",
        metavar="#TAG",
        help="posts with this hashtag; may be repeated: with all of them",
    ),
]
