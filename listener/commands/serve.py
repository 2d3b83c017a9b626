"""The dashboard alone, in front of somebody at this machine."""

import threading

from rich.console import Console

from listener import show
from listener.service import Service
from listener.web import here, serving


def serve_until_stopped(service: Service, out: Console) -> None:
    """Serve and print the address; Ctrl-C ends it. Raises ConfigError, UsageError."""
    with serving(service, "web"):
        out.print(f"The dashboard: {show.plain(here(service))}   (Ctrl-C ends it)")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            out.print()
