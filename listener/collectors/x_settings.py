"""What `[sources.NAME]` with `type = "x"` may hold."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from listener.collectors.addresses import checked_url
from listener.collectors.base import AccountSettings, Secret, Span
from listener.collectors.reading import duration


class Settings(AccountSettings):
    """`[sources.NAME]` with `type = "x"`."""

    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret("bearer_token", meaning="the app's bearer token, from X's developer console"),
        *(
            Secret(
                name, required=False, meaning=f"{meaning}: with all four, clicks on your own posts are read"
            )
            for name, meaning in (
                ("api_key", "your app's API key"),
                ("api_key_secret", "your app's API key secret"),
                ("access_token", "an access token of your own account"),
                ("access_token_secret", "its secret"),
            )
        ),
    )

    type: Literal["x"] = "x"
    every: Annotated[Span, Field(description="how often it is collected")] = "2m"
    monthly_budget_usd: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="US dollars a calendar month (UTC) may cost")
    ] = 25.0
    price_per_post_usd: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False, description="what X charges for a post read; yours to keep current"),
    ] = 0.005
    price_per_author_usd: Annotated[
        float,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="what X charges for an account sent beside the posts, if it does",
        ),
    ] = 0.0
    price_per_account_usd: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False, description="what X charges for an account looked up by its handle"),
    ] = 0.01
    own_share: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="the part of the budget that the brands' own accounts may use; mentions come first",
        ),
    ] = 0.2
    own_posts: Annotated[
        Literal["all", "own", "none"],
        Field(description="whose posts are read from their account; those of competitors cost money too"),
    ] = "own"
    accounts_every: Annotated[
        Span, Field(description="how often the followers of the brands' accounts are read")
    ] = "1d"
    price_per_count_usd: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False, description="what X charges for one request of the counts endpoint"),
    ] = 0.0
    sample: Annotated[
        bool,
        Field(
            description="true: spend the budget evenly over the month; of a busy window only the newest posts"
            " are read, the rest is marked over budget. false: read everything until the budget is used"
        ),
    ] = False
    counts: Annotated[bool, Field(description="true: ask for the number of matching posts per hour")] = True
    first_run: Annotated[Span, Field(description="how far back the first run reads, at most 7d")] = "1d"
    full_archive: Annotated[
        bool, Field(description="true: backfill may go back beyond seven days, where your X plan allows it")
    ] = False
    query_length: Annotated[
        int, Field(ge=64, le=4096, description="characters of a query that your X plan takes")
    ] = 512
    pages_per_run: Annotated[
        int,
        Field(ge=1, le=10_000, description="pages read per query and run; the next run goes on from there"),
    ] = 100
    api_url: Annotated[str, Field(description="where the X API is")] = "https://api.x.com"

    _is_an_address = field_validator("api_url")(checked_url)

    @field_validator("first_run")
    @classmethod
    def _is_searchable(cls, span: str) -> str:
        if duration(span) > timedelta(days=7):
            raise ValueError("X searches the last seven days: write 7d or less")
        return span
