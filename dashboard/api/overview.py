"""The first page, and what is read apart from it."""

from dashboard.api.routes import Asking, Of, router_of
from dashboard.views import lines, overview, why

router = router_of("overview")


@router.get("/overview")
def read_overview(site: Of, filters: Asking) -> overview.Overview:
    """Every brand's headline figures, set against the period before; who leads; open alerts; coverage."""
    return overview.overview(site, filters, now=site.clock())


@router.get("/overview/trend")
def read_trend(site: Of, filters: Asking) -> lines.Trend:
    """Volume and net sentiment over time, with intervals."""
    return overview.trend(site, filters, now=site.clock())


@router.get("/overview/reach")
def read_reach(site: Of, filters: Asking) -> overview.Reach:
    """Potential reach over any period: followers, each account counted once."""
    return overview.reach(site, filters, now=site.clock())


@router.get("/overview/changes")
def read_changes(site: Of, filters: Asking) -> why.Changes:
    """What changed and why: everyone's part and the brand's own."""
    return why.changes(site, filters, now=site.clock())


@router.get("/overview/drivers")
def read_drivers(site: Of, filters: Asking) -> why.Drivers:
    """What sets one brand's mentions apart from the period before."""
    return why.drivers(site, filters, now=site.clock())
