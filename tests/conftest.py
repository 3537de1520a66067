"""What all tests share: a throw-away home folder, chosen before Django reads its settings."""

from __future__ import annotations

import os
import tempfile

if "WATCHFLOOR_HOME" not in os.environ or not os.environ.get("WATCHFLOOR_TEST_KEEP_HOME"):
    os.environ["WATCHFLOOR_HOME"] = tempfile.mkdtemp(prefix="watchfloor-test-")
