"""The dashboard alone, in front of somebody at this machine."""

import threading

from rich.console import Console

from listener import show
from listener.schedule import LABELLING, Job, running
from listener.service import Service
from listener.service_run import Labelling
from listener.web import here, serving


def serve_until_stopped(service: Service, out: Console) -> None:
    """Serve and print the address; Ctrl-C ends it. What a brand that is added here matches is labelled meanwhile. Raises ConfigError, UsageError."""
    labelling = Job("label", LABELLING, Labelling(service), delay=LABELLING)
    with serving(service, "web"), running([labelling], patience_s=2):
        out.print(f"The dashboard: {show.plain(here(service))}   (Ctrl-C ends it)")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            out.print()
