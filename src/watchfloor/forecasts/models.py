"""Tables of forecasts: one row per forecast, its readings, and one compressed block for its activities."""

from __future__ import annotations

from django.db import models

from watchfloor.kit.db import WallClockField


class Forecast(models.Model):
    """Where one project is heading, computed at one cut of the journal."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="forecasts")
    revision = models.ForeignKey("plans.Revision", on_delete=models.CASCADE, related_name="forecasts")
    baseline = models.ForeignKey("plans.Baseline", null=True, on_delete=models.SET_NULL)
    cut = models.BigIntegerField()  # journal position that fixes every input
    depends_on = models.JSONField(default=dict)  # project id → forecast id it took dates from
    issued_at = models.DateTimeField()
    data_date = WallClockField(null=True)
    engine = models.CharField(max_length=20)
    seed = models.BigIntegerField(default=0)
    runs = models.IntegerField(default=0)
    # The four dates a reader is shown, on the plan's wall clock.
    plan_finish = WallClockField(null=True)  # of the baseline
    schedule_finish = WallClockField(null=True)  # computed from logic and progress
    p50_finish = WallClockField(null=True)
    p80_finish = WallClockField(null=True)
    slip_days = models.FloatField(null=True)  # working days, schedule against the current baseline; late is positive
    total_float_days = models.FloatField(null=True)  # working days from the schedule to the promised or planned finish
    confidence = models.FloatField(null=True)  # P(finish ≤ the promised or planned date)
    budget_minor = models.BigIntegerField(null=True)
    eac_minor = models.BigIntegerField(null=True)
    eac_method = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    inputs_digest = models.CharField(max_length=64, blank=True)  # equal inputs give no second forecast
    problem = models.JSONField(default=dict)  # why no schedule could be computed (a cycle …), else empty
    block = models.BinaryField(default=bytes)  # per activity columns, see forecasts.block

    class Meta:
        indexes = (models.Index(fields=("project", "-id"), name="forecast_latest"),)


class Reading(models.Model):
    """One KPI value of one forecast, in the unit its name ends in; ``detail`` opens to what it was computed from."""

    forecast = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="readings")
    name = models.CharField(max_length=60)  # cpi, spi, spi_t, ev_minor, finish_slip_days …
    value = models.FloatField(null=True)
    reason = models.CharField(max_length=60, blank=True)  # why there is no value
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("forecast", "name"), name="reading_once"),)


class MilestoneForecast(models.Model):
    """Forecast of one milestone, kept as rows because floors and portfolios ask for "the next ones"."""

    forecast = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="milestones")
    activity_key = models.CharField(max_length=120)
    name = models.CharField(max_length=300)
    is_committed = models.BooleanField(default=False)
    is_done = models.BooleanField(default=False)
    plan = WallClockField(null=True)
    schedule = WallClockField(null=True)
    p50 = WallClockField(null=True)
    p80 = WallClockField(null=True)
    deadline = WallClockField(null=True)
    float_days = models.FloatField(null=True)
    confidence = models.FloatField(null=True)  # P(finish ≤ its deadline, else its planned date)


class LatestForecast(models.Model):
    """Which forecast of a project is the newest, so that lists need no subquery."""

    project = models.OneToOneField(
        "portfolio.Project", primary_key=True, on_delete=models.CASCADE, related_name="latest_forecast"
    )
    forecast = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="+")
