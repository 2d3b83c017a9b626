"""The application: the site, its guards, the pages and the API, put together."""

from fastapi import FastAPI

from dashboard.site import Site


def create_app(site: Site) -> FastAPI:
    """A web application over one site. Whoever serves it decides where it listens."""
    app = FastAPI(
        title="Listener", version=site.settings.version, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.site = site
    return app
