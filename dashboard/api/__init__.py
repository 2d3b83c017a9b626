"""The JSON API under /api/v1, a router in a file for each thing that it tells of."""

from fastapi import APIRouter

from dashboard.api import acts, document, export, mentions, overview, pages, reports

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    mentions.router,
    pages.router,
    acts.router,
    export.router,
    reports.router,
    document.router,
    acts.hooks,
)
