import platform

import django
import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def database() -> str:
    """What the site's database says it is."""
    if not connection.settings_dict.get("NAME"):
        return "none"
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        return cursor.fetchone()[0]


def index(request: HttpRequest) -> HttpResponse:
    facts = {
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "libpq": psycopg.pq.version_pretty(psycopg.pq.version()),
        "Database": database(),
    }
    return render(request, "welcome/index.html", {"facts": facts})


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")
