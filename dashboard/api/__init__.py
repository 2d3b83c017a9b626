"""The JSON API under /api/v1, a router in a file for each thing that it tells of."""

from fastapi import APIRouter

from dashboard.api import acts, audit, document, export, mentions, pages, reports, running, settings

ROUTERS: tuple[APIRouter, ...] = (
    mentions.router,
    settings.router,
    pages.router,
    acts.router,
    audit.router,
    export.router,
    reports.router,
    running.router,
    document.router,
    acts.hooks,
)
