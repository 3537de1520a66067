"""Tables of accounts: users, what they may do where, tokens and one-time sign-in links."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in. Working hours follow the country's weekend and holidays in the person's zone."""

    time_zone = models.CharField(max_length=60, default="UTC")
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=10, blank=True)
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=10, default="system")  # system, light, dark
    single_keys = models.BooleanField(default=True)  # WCAG 2.1.4
    origin = models.CharField(max_length=20, blank=True)
    last_visit_fact = models.BigIntegerField(default=0)  # "what changed since my last visit" starts here
    expires_at = models.DateTimeField(null=True)  # the account ends by itself then; a guest's always does


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator"
    PORTFOLIO_MANAGER = "portfolio_manager"
    PROGRAMME_MANAGER = "programme_manager"
    PROJECT_MANAGER = "project_manager"
    PLANNER = "planner"
    COST_CONTROLLER = "cost_controller"
    DUTY_OFFICER = "duty_officer"
    RESOURCE_MANAGER = "resource_manager"
    APPROVER = "approver"
    MEMBER = "member"
    AUDITOR = "auditor"
    VIEWER = "viewer"
    GUEST = "guest"


class RoleGrant(models.Model):
    """A role on the organisation (no scope named), a programme with all below it, one project, or every project, now
    and later, of a client or of one of our companies."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE)
    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE)
    client = models.ForeignKey("portfolio.Client", null=True, on_delete=models.CASCADE)
    legal_entity = models.ForeignKey("portfolio.LegalEntity", null=True, on_delete=models.CASCADE)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "role", "programme", "project", "client", "legal_entity"),
                name="grant_once",
                nulls_distinct=False,
            ),
        )


class ApiToken(models.Model):
    """A secret for the API: only its SHA-256 is stored. It may do what its owner may, or less."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)


class SignInLink(models.Model):
    """A link that signs its user in once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
