"""Pages and API for any WSGI server; live events need ``watchfloor.config.asgi``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
application = get_wsgi_application()
