from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    name = "watchfloor.forecasts"
    label = "forecasts"
    default_auto_field = "django.db.models.BigAutoField"
