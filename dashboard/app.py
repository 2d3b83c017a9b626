"""The application: the site, its guards, the pages and the API, put together."""

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

import dashboard.api
import dashboard.pages
from dashboard import answers, language, live, operators, static_files
from dashboard.security import doors, people, sign_on
from dashboard.security.guard import Guard
from dashboard.security.headers import Headers
from dashboard.site import Site


def create_app(site: Site) -> FastAPI:
    """A web application over one site. Whoever serves it decides where it listens."""
    timings = operators.Timings()
    app = FastAPI(
        title="Listener",
        version=site.settings.version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(language.Spoken, site=site),
            Middleware(Headers, site=site),
            Middleware(operators.Timed, timings=timings),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5),
            Middleware(Guard, site=site),
        ],
    )
    app.state.site, app.state.timings, app.state.live = site, timings, live.Live(site.db)
    answers.install(app)
    doors_in = (doors.router, sign_on.router, people.router)
    own = (static_files.router, language.router, *doors_in, operators.router, live.router)
    for router in (*own, *dashboard.pages.ROUTERS, *dashboard.api.ROUTERS):
        app.include_router(router)
    return app
