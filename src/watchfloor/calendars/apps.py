from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "watchfloor.calendars"
    label = "calendars"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Tables may be read only once every app is there.
        from watchfloor.calendars import own_days

        own_days.serve()
