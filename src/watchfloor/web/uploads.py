"""Uploads are stopped while they arrive, not after they filled the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class LimitedUploadHandler(FileUploadHandler):
    """Refuses a request announced as larger than ``WATCHFLOOR_MAX_UPLOAD_MB``, and hangs up on one that becomes so;
    ``request.upload_too_large`` is True then."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._received = 0

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        length = args[2] if len(args) > 2 else kwargs.get("content_length", 0)
        # Form fields and boundaries come on top of the file; 1 MB is more than they may take.
        if length and int(length) > settings.MAX_UPLOAD_BYTES + 1024 * 1024:
            # Told before anything is read, where Django catches no StopUpload.
            raise RequestDataTooBig("The request is larger than WATCHFLOOR_MAX_UPLOAD_MB.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > settings.MAX_UPLOAD_BYTES:
            self._refuse()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _refuse(self) -> None:
        if self.request is not None:
            self.request.upload_too_large = True  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=True)
