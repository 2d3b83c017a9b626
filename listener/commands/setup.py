"""The commands that prepare an installation: init, doctor."""

import os
import re
import sys
from dataclasses import asdict
from pathlib import Path

import typer

from listener import init as first_config
from listener import show
from listener.doctor import examine
from listener.errors import ConfigError, UsageError
from listener.pipeline import utc_now

SIGNS = {"ok": "ok", "warn": "look", "fail": "FAIL"}


def init(
    config: Path,
    brand: str | None,
    query: str | None,
    competitors: list[str],
    timezone: str | None,
    sources: list[str] | None,
    *,
    force: bool,
) -> None:
    """Write the first configuration; asks only when no brand was given and there is somebody to ask."""
    if brand is None and not sys.stdin.isatty():
        raise UsageError("nobody to ask here: give at least --brand NAME")
    given = first_config.Given(
        brand, query, tuple(competitors) or None, timezone, tuple(sources) if sources is not None else None
    )

    def question(text: str, default: str) -> str:
        return str(typer.prompt(text, default=default, show_default=bool(default)))

    try:
        answers = first_config.ask(given, question, os.environ)
        text = first_config.render(answers)
    except ConfigError as error:
        reasons = re.sub(r"^config\.toml:\d+: ", "", str(error), flags=re.MULTILINE)
        raise UsageError(f"nothing is written: {reasons}") from error
    first_config.write(config, text, force=force)
    show.console().print(f"Wrote {config}. Next: listener doctor, then listener run")


def doctor(config: Path, form: str) -> int:
    """Print what was found; 1 when something is broken."""
    findings = examine(config, os.environ, now=utc_now())
    rows = [asdict(finding) for finding in findings]
    columns = ["level", "subject", "message", "way_out"]
    if form == "json":
        show.as_json(rows)
    elif form == "csv":
        show.as_csv(columns, rows)
    else:
        cells = [
            [SIGNS[finding.level], finding.subject, finding.message, finding.way_out] for finding in findings
        ]
        show.console().print(show.table(["", "What", "Found", "What to do"], cells))
    if any(finding.level == "fail" and finding.subject == "config" for finding in findings):
        return 2
    return 1 if any(finding.level == "fail" for finding in findings) else 0
