from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

# Seconds in hot water.
TEAS = [(_("Black tea"), 240), (_("Green tea"), 120), (_("Herbal tea"), 480)]


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "kettle/index.html", {"teas": TEAS})
