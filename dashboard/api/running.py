"""Work that takes long."""

from dashboard.api.routes import Of, router_of
from dashboard.views import running

router = router_of("work")


@router.get("/work")
def read_work(site: Of) -> running.Work:
    """What takes long and is under way, with how far it has come. The event "work" of /live tells the same as it gets on."""
    return running.work(site, now=site.clock())
