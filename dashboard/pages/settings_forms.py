"""What is typed into the forms of brands and goals: text, as it was typed, until the rules of config.toml have looked at it."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from dashboard.editing import BrandWritten, GoalWritten, NotSaved

Short = Annotated[str, Field(max_length=300)]


class BrandForm(BaseModel):
    """A brand as typed; `network` and `handle` are its accounts, one beside the other."""

    id: Short = ""
    name: Short = ""
    role: Short = "own"
    query: Annotated[str, Field(max_length=10_000)] = ""
    network: Annotated[list[Short], Field(max_length=50)] = []
    handle: Annotated[list[Short], Field(max_length=50)] = []
    relevance: Short = ""
    seen: Short = ""

    @classmethod
    def of(cls, one: BrandWritten, version: str) -> "BrandForm":
        relevance = "" if one.relevance is None else f"{one.relevance:g}"
        return cls(
            id=one.id, name=one.name, role=one.role, query=one.query, relevance=relevance, seen=version,
            network=list(one.accounts), handle=list(one.accounts.values()),
        )  # fmt: skip

    @property
    def accounts(self) -> dict[str, str]:
        pairs = zip(self.network, self.handle, strict=False)
        return {name.strip(): handle.strip() for name, handle in pairs if handle.strip()}

    def written(self, key: str) -> BrandWritten:
        """As config.toml has it. Raises NotSaved for a number that is none."""
        relevance = _number("relevance", self.relevance)
        query = " ".join(self.query.split())
        return BrandWritten(
            key or self.id.strip(), self.name.strip(), self.role, query, self.accounts, relevance
        )


class GoalForm(BaseModel):
    """A goal as typed, in words; or, for one that is written so, by its parts."""

    words: Short = ""
    brand: Short = ""
    kpi: Short = ""
    change: Short = ""
    target: Short = ""
    by: Short = ""
    since: Short = ""
    channel: Short = ""
    campaign: Short = ""
    owner: Short = ""
    reason: Short = ""
    review: Short = "monthly"
    seen: Short = ""

    @classmethod
    def of(cls, one: GoalWritten, version: str) -> "GoalForm":
        names = [name for name in cls.model_fields if name != "seen"]
        said = {name: getattr(one, name) for name in names}
        if one.target is not None and one.target.is_integer():
            said["target"] = int(one.target)
        return cls(
            **{name: "" if value is None else str(value) for name, value in said.items()}, seen=version
        )

    def written(self) -> GoalWritten:
        """As config.toml has it. Raises NotSaved for a number or a day that is none."""
        typed = self.model_dump(exclude={"seen", "target", "by", "since", "review"})
        text: dict[str, Any] = {name: " ".join(value.split()) or None for name, value in typed.items()}
        target, last, first = _number("target", self.target), _day("by", self.by), _day("since", self.since)
        return GoalWritten(
            **text, target=target, by=last, since=first, review=self.review.strip() or "monthly"
        )


def _number(name: str, typed: str) -> float | None:
    try:
        return float(typed.strip().replace(",", ".")) if typed.strip() else None
    except ValueError:
        raise NotSaved(
            f"{name}: must be a number, as in 0.05", {name: "must be a number, as in 0.05"}
        ) from None


def _day(name: str, typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError:
        why = "must be a day, as in 2027-03-31"
        raise NotSaved(f"{name}: {why}", {name: why}) from None
