"""Signing in, one's own account, and, for administrators, users and their roles."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.accounts import operations, queries
from watchfloor.accounts.words import ROLE_WORDS
from watchfloor.drawing.figures import zone_of
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.words import ROLES

_USERS_SHOWN = 200
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_LANGUAGES = (("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية"))


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_lazy("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_lazy("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class PreferencesForm(forms.Form):
    full_name = forms.CharField(label=_lazy("Name"), max_length=150, required=False)
    email = forms.EmailField(label=_lazy("Mail"), required=False)
    language = forms.ChoiceField(label=_lazy("Language of dates, numbers and words"), choices=_LANGUAGES)
    time_zone = forms.ChoiceField(label=_lazy("Time zone"))
    country = forms.CharField(label=_lazy("Country (weekend and holidays)"), max_length=2, required=False)
    region = forms.CharField(label=_lazy("Region"), max_length=10, required=False)
    theme = forms.ChoiceField(
        label=_lazy("Theme"),
        choices=(("system", _lazy("As the system")), ("light", _lazy("Light")), ("dark", _lazy("Dark"))),
    )
    single_keys = forms.BooleanField(label=_lazy("Single keys (j, k, a, r …)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(name, name) for name in sorted(available_timezones())]  # type: ignore[attr-defined]


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    onward = _onward(request)
    if request.user.is_authenticated:
        return redirect(onward)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
        if user is not None and queries.viewer_of(user, now=clock.now()).user_id is not None:
            login(request, user)
            operations.note_sign_in(user.pk, now=clock.now())
            return redirect(onward)
        locked = getattr(request, "axes_locked_out", False)
        form.add_error(
            None,
            _("Too many tries. Wait a minute, then try again.")
            if locked
            else _("Name and password do not match an account that may sign in."),
        )
    context = {**_bare(), "form": form, "next": onward}
    return page_of(request, "account/sign_in.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A link that signs in once. Opening it spends nothing: only the button does, so that link scanners burn none."""
    if request.method == "GET":
        return page_of(request, "account/link.html", _bare())
    try:
        user = operations.redeem_sign_in_link(secret, clock.now())
    except NotFound as problem:
        return page_of(request, "account/link.html", {**_bare(), "problem": problem}, status=404)
    login(request, user, backend=_BACKEND)
    operations.note_sign_in(user.pk, now=clock.now())
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    me = queries.user(viewer, viewer.user_id or -1)
    names = list(PreferencesForm.base_fields)
    form = PreferencesForm(request.POST or None, initial={name: getattr(me, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_preferences(viewer, now=clock.now(), **form.cleaned_data)
        except WatchfloorError as problem:
            form.add_error(problem.place if problem.place in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("account")
    context = {**shell(request), "form": form, "tokens": queries.tokens(viewer), "secret": ""}
    return page(request, "account/page.html", context, section="account", status=422 if form.errors else 200)


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    operations.set_preferences(viewer_of(request), now=clock.now(), theme=request.POST.get("theme", ""))
    return HttpResponse(status=204)


@require_POST
def set_password(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    operations.set_password(viewer, viewer.user_id or -1, request.POST.get("password", ""), now=clock.now())
    # The session's key hangs on the password: this one goes on, all others end.
    user = authenticate(request, username=request.user.get_username(), password=request.POST.get("password", ""))
    if user is not None:
        login(request, user)
    messages.success(request, _("The password was changed. Other sessions of yours have ended."))
    return redirect("account")


@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """The secret is shown on this answer only."""
    viewer = viewer_of(request)
    _row, secret = operations.create_token(
        viewer,
        name=request.POST.get("name", ""),
        read_only=request.POST.get("read_only") == "on",
        now=clock.now(),
    )
    me = queries.user(viewer, viewer.user_id or -1)
    names = list(PreferencesForm.base_fields)
    form = PreferencesForm(initial={name: getattr(me, name) for name in names})
    context = {**shell(request), "form": form, "tokens": queries.tokens(viewer), "secret": secret}
    return page(request, "account/page.html", context, section="account")


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    operations.revoke_token(viewer_of(request), token_id, now=clock.now())
    messages.success(request, _("The token was revoked."))
    return redirect("account")


@require_GET
def users(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    _need_manager(request)
    places = _places(viewer)
    names = {(group["kind"], each.id): each.name for group in places for each in group["rows"]}
    held: dict[int, list[dict[str, Any]]] = {}
    for row in queries.grants(viewer):
        reach = {"programme": row.programme_id, "project": row.project_id, "client": row.client_id}
        reach["company"] = row.legal_entity_id
        where = next((names.get((kind, pk), "") for kind, pk in reach.items() if pk is not None), "")
        held.setdefault(row.user_id, []).append({"id": row.id, "role": row.role, "where": where})
    search = request.GET.get("q", "").strip().lower()
    rows = [row for row in queries.users(viewer) if search in f"{row.username} {row.full_name} {row.email}".lower()]
    context = {
        **shell(request),
        "rows": [
            {"user": row, "grants": held.get(row.id, []), "last_day": _last_day(row)} for row in rows[:_USERS_SHOWN]
        ],
        "total": len(rows),
        "search": search,
        "roles": ROLES.items(),
        "role_words": ROLE_WORDS.items(),
        "places": places,
    }
    return page(request, "people/page.html", context, section="users")


@require_POST
def add_user(request: HttpRequest) -> HttpResponse:
    """Make an account and show its one-time link, which is how its owner first comes in."""
    viewer = viewer_of(request)
    _need_manager(request)
    home = portfolio.organisation()
    made = operations.create_user(
        viewer,
        username=request.POST.get("username", ""),
        full_name=request.POST.get("full_name", ""),
        email=request.POST.get("email", ""),
        time_zone=home.time_zone if home else "UTC",
        country=home.country if home else "",
        expires_at=_end_of(request.POST.get("last_day", ""), home.time_zone if home else "UTC"),
        now=clock.now(),
    )
    return _show_link(request, made)


@require_POST
def link(request: HttpRequest, user_id: int) -> HttpResponse:
    _need_manager(request)
    return _show_link(request, queries.user(viewer_of(request), user_id))


def _show_link(request: HttpRequest, user: queries.UserRecord) -> HttpResponse:
    secret = operations.create_sign_in_link(user, clock.now())
    context = {**shell(request), "user": user, "link": f"{settings.PUBLIC_URL}/sign-in/link/{secret}"}
    return page(request, "people/link.html", context, section="users")


@require_POST
def add_grant(request: HttpRequest, user_id: int) -> HttpResponse:
    _need_manager(request)
    where = request.POST.get("where", "")
    kind, _colon, code = where.partition(":")
    operations.grant(
        viewer_of(request),
        user_id=user_id,
        role=request.POST.get("role", ""),
        programme_code=code if kind == "programme" else None,
        project_code=code if kind == "project" else None,
        client_code=code if kind == "client" else None,
        legal_entity_code=code if kind == "company" else None,
        now=clock.now(),
    )
    messages.success(request, _("The role was given."))
    return redirect("users")


@require_POST
def remove_grant(request: HttpRequest, grant_id: int) -> HttpResponse:
    _need_manager(request)
    operations.revoke(viewer_of(request), grant_id, now=clock.now())
    messages.success(request, _("The role was taken away."))
    return redirect("users")


@require_POST
def set_expiry(request: HttpRequest, user_id: int) -> HttpResponse:
    _need_manager(request)
    viewer = viewer_of(request)
    ends_at = _end_of(request.POST.get("last_day", ""), queries.user(viewer, user_id).time_zone)
    operations.set_expiry(viewer, user_id, ends_at, now=clock.now())
    messages.success(request, _("Saved."))
    return redirect("users")


@require_POST
def set_active(request: HttpRequest, user_id: int) -> HttpResponse:
    _need_manager(request)
    operations.set_active(viewer_of(request), user_id, request.POST.get("active") == "yes", now=clock.now())
    messages.success(request, _("Saved."))
    return redirect("users")


def _places(viewer: Viewer) -> list[dict[str, Any]]:
    """Everything a role can be given on, by kind; the organisation itself needs no name."""
    return [
        {"kind": "client", "title": _("Clients"), "rows": portfolio.clients(viewer)},
        {"kind": "programme", "title": _("Programmes"), "rows": portfolio.programmes(viewer)},
        {"kind": "project", "title": _("Projects"), "rows": portfolio.projects(viewer)},
        {"kind": "company", "title": _("Companies of ours"), "rows": portfolio.legal_entities(viewer)},
    ]


def _last_day(user: queries.UserRecord) -> date | None:
    """The last day of an account that ends, on its own clock."""
    if user.expires_at is None:
        return None
    return (user.expires_at - timedelta(seconds=1)).astimezone(zone_of(user.time_zone)).date()


def _end_of(last_day: str, zone: str) -> datetime | None:
    """The end of a day on the account's clock; None when no day is given."""
    try:
        day = forms.DateField(required=False).clean(last_day)
    except forms.ValidationError as problem:
        raise Invalid(" ".join(problem.messages), place="last_day") from problem
    return None if day is None else datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone_of(zone))


def page_of(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page for somebody who is not signed in."""
    return render(request, template, context, status=status)


def _bare() -> dict[str, Any]:
    return {"theme": "system", "organisation": portfolio.organisation()}


def _need_manager(request: HttpRequest) -> None:
    if not viewer_of(request).may("user.manage"):
        raise NotAllowed(_("Only an administrator manages users."))


def _onward(request: HttpRequest) -> str:
    """Where to go after signing in: a page of ours, never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return str(settings.LOGIN_REDIRECT_URL)
