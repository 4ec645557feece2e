"""Every operation of the API, in the order in which the document shows them."""

from __future__ import annotations

from bot.web.api import (
    care,
    catalog,
    director_routes,
    learning_routes,
    money,
    notices,
    overview,
    patients,
    people,
    requests,
    scripts,
    tasks,
    visit_routes,
    waitlist,
)
from bot.web.api.route import Route

PREFIX = "/api/v1"
ROUTES: tuple[Route, ...] = (
    *people.ROUTES,
    *catalog.ROUTES,
    *patients.ROUTES,
    *visit_routes.ROUTES,
    *care.ROUTES,
    *tasks.ROUTES,
    *waitlist.ROUTES,
    *money.ROUTES,
    *requests.ROUTES,
    *overview.ROUTES,
    *notices.ROUTES,
    *director_routes.ROUTES,
    *learning_routes.ROUTES,
    *scripts.ROUTES,
)
