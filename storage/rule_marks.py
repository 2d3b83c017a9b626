"""What a rule must know at its next look: one short text for each rule and subject. No text of a post and no name belongs in here."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from storage.db import Database
from storage.rows import among, table_of, upsert
from storage.tables_alerts import RuleMark

rule_marks = table_of(RuleMark)


def marks(db: Database, rule: str) -> dict[str, str]:
    """Every mark of a rule by its subject; empty before its first look."""
    with db.read() as connection:
        wanted = select(rule_marks.c.subject, rule_marks.c.value).where(rule_marks.c.rule == rule)
        return {row.subject: row.value for row in connection.execute(wanted)}


def put_marks(connection: Connection, rule: str, values: Mapping[str, str | None], *, now: datetime) -> None:
    """Set marks of a rule; None takes one away. The others stay."""
    gone = [subject for subject, value in values.items() if value is None]
    rows = [
        {"rule": rule, "subject": subject, "value": value, "at": now.astimezone(UTC)}
        for subject, value in values.items()
        if value is not None
    ]
    if gone:
        this = rule_marks.c.rule == rule, among(connection, rule_marks.c.subject, gone)
        connection.execute(delete(rule_marks).where(*this))
    if rows:
        statement = upsert(connection, RuleMark)
        new = {name: statement.excluded[name] for name in ("value", "at")}
        connection.execute(
            statement.on_conflict_do_update(index_elements=("rule", "subject"), set_=new), rows
        )
