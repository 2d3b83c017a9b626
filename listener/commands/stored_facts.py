"""`listener import-facts --list` and `--forget`: what is stored, by import."""

from pathlib import Path
from typing import Any

from listener import show
from listener.commands.gather import service_for
from listener.errors import UsageError
from listener.suggestion import did_you_mean
from storage.facts import forget_import, stored_imports


def show_imports(config: Path, *, form: str) -> None:
    """What is stored, by import and fact."""
    with service_for(config, quiet=form != "table") as service:
        names = {brand.id: brand.name for brand in service.brands}
        rows: list[dict[str, Any]] = [
            {
                "import": row.name,
                "brand": names.get(row.brand_id, row.brand_id),
                "fact": row.fact,
                "currencies": list(row.currencies),
                "first_day": row.first_day.isoformat(),
                "last_day": row.last_day.isoformat(),
                "days": row.days,
                "figures": row.rows,
            }
            for row in stored_imports(service.db)
        ]
    if form == "json":
        show.as_json(rows)
        return
    flat = [row | {"currencies": " ".join(row["currencies"])} for row in rows]
    columns = ["import", "brand", "fact", "currencies", "first_day", "last_day", "days", "figures"]
    if form == "csv":
        show.as_csv(columns, flat)
        return
    if not rows:
        show.console().print("No facts are stored: listener import-facts FILE")
        return
    titles = ["Import", "Brand", "Fact", "Currency", "First day", "Last day", "Days", "Figures"]
    show.console().print(show.table(titles, [[row[name] for name in columns] for row in flat], right=(6, 7)))


def forget(config: Path, name: str, *, yes: bool, form: str) -> None:
    """Remove what an import stored, after asking."""
    with service_for(config, quiet=form != "table") as service:
        stored = [row for row in stored_imports(service.db) if row.name == name]
        if not stored:
            known = sorted({row.name for row in stored_imports(service.db)})
            raise UsageError(
                f"no import is called {name!r}{did_you_mean(name, known)}; stored are: {', '.join(known) or 'none'}"
            )
        figures = sum(row.rows for row in stored)
        if not yes:
            _confirm(
                f"Remove {figures:,} figures of {name}, {min(r.first_day for r in stored)} to {max(r.last_day for r in stored)}?"
            )
        gone = forget_import(service.db, name)
    if form == "json":
        show.as_json({"import": name, "removed": gone})
    else:
        show.console().print(f"{show.plain(name)}: {gone:,} figures removed")


def _confirm(question: str) -> None:
    import typer

    if not typer.confirm(question):
        raise UsageError("nothing was removed; --yes removes without asking")
