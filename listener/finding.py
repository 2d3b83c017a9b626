"""What the doctor reports."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do about it ("" where nothing is to be done)."""

    level: Level
    subject: str
    message: str
    way_out: str = ""
