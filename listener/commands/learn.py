"""`listener learn`: what people corrected becomes part of the model, if what they checked at random says that it helps."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from listener import heads, show
from listener.commands.gather import counting, service_for
from listener.errors import UsageError
from listener.learning import AUDITS, CORRECTIONS, Outcome, Verdict, learn_head
from listener.pipeline import utc_now


def learn(config: Path, *, dry_run: bool, forget: bool, form: str) -> None:
    """Train, judge, say how it went, and adopt what helps; or go back to the plain model."""
    if dry_run and forget:
        raise UsageError("--dry-run and --forget are two different things: choose one")
    if forget:
        _forget(config, form)
        return
    quiet = form != "table"
    with service_for(config, quiet=quiet) as service, counting("Reading texts", quiet=quiet) as tell:
        found = learn_head(service, keep=not dry_run, now=utc_now(), tell=tell)
    verdict = found.verdict
    if form == "json":
        show.as_json(asdict(found))
    elif form == "csv":
        rows = [asdict(figures) for figures in (verdict.before, verdict.after)] if verdict else []
        show.as_csv(["model", "right", "accuracy", "log_loss"], rows)
    else:
        _print(found, show.console())


def _print(found: Outcome, out: Console) -> None:
    out.print(f"Learned from  {found.corrected:,} corrected texts (at least {CORRECTIONS})")
    out.print(f"Judged by     {found.audited:,} audited texts (at least {AUDITS})")
    if found.kept:
        out.print(f"Kept as is    {found.kept:,} random texts that nobody labelled")
    out.print()
    if found.verdict:
        _print_verdict(found.verdict, found.kept, out)
    if found.adopted:
        out.print(
            f"Adopted as {show.plain(found.adopted)}: figures change to it once it has labelled what is stored. "
            "listener label does that now, listener run beside its other work"
        )
    elif found.reason:
        out.print(f"Nothing is adopted: {found.reason}")
    else:
        out.print("Fit to be adopted: listener learn without --dry-run does it")


def _print_verdict(verdict: Verdict, kept: int, out: Console) -> None:
    cells = [
        [
            one.model,
            "{:.1f} [{:.1f}..{:.1f}] %".format(one.accuracy, *one.accuracy_interval),
            "{:.3f} [{:.3f}..{:.3f}]".format(one.log_loss, *one.log_loss_interval),
        ]
        for one in (verdict.before, verdict.after)
    ]
    out.print(show.table(["On the audited texts", "Right", "Log-loss"], cells, right=[1, 2]))
    how = "falls" if verdict.gain >= 0 else "rises"
    out.print(f"Log-loss {how} by {abs(verdict.gain):.4f}, with a standard error of {verdict.gain_error:.4f}")
    out.print(f"{verdict.changed:,} of {kept:,} labels that nobody corrected would change")
    out.print()


def _forget(config: Path, form: str) -> None:
    with service_for(config, quiet=form != "table") as service:
        old = heads.forget(service.db)
    answer = {"forgotten": old, "model": heads.base_of(old) if old else None}
    if form == "json":
        show.as_json(answer)
    elif form == "csv":
        show.as_csv(list(answer), [answer])
    elif old is None:
        show.console().print("Nothing is adopted, so there is nothing to forget")
    else:
        back = show.plain(heads.base_of(old))
        show.console().print(
            f"{show.plain(old)} is not wanted any more: figures go back to {back} with the next listener label, or in listener run"
        )
