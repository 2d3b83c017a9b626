"""The numbers that addresses name things by: no larger than a database has them."""

from typing import Annotated

from fastapi import Path

BIGGEST = 2**63 - 1
AlertId = Annotated[int, Path(ge=1, le=BIGGEST)]
MentionId = Annotated[int, Path(ge=1, le=BIGGEST)]
