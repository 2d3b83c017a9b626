"""The web pages, a router in a file for each."""

from fastapi import APIRouter

from dashboard.pages import (
    alerts,
    audit,
    handling,
    influence,
    kpis,
    mentions,
    overview,
    receipt,
    reports,
    running,
    sentiment,
    settings,
    sources,
    voice,
)
from dashboard.pages.rendering import render as render

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    mentions.router,
    handling.router,
    alerts.router,
    sentiment.router,
    audit.router,
    voice.router,
    influence.router,
    kpis.router,
    reports.router,
    running.router,
    sources.router,
    settings.router,
    receipt.router,
)
"""In the order in which addresses are looked for."""
