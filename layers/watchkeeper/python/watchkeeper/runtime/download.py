"""Open what an address gives: over TLS only, and no part of it for longer than a call may take."""

import os
import ssl
import urllib.request
from typing import BinaryIO, cast
from urllib.error import HTTPError, URLError

from watchkeeper.definitions.errors import WatchkeeperError

TIMEOUT_SECONDS = 10.0


class DownloadError(WatchkeeperError):
    """Report an address that gave nothing; it is never quoted, since it may carry a signature."""

    retryable = True


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow nowhere: an address that AWS signed answers itself."""

    def redirect_request(self, *_arguments: object) -> None:
        """Leave the redirection to be an error."""


def open_address(url: str) -> BinaryIO:
    """Open an https address for reading."""
    if not url.startswith("https://"):
        raise DownloadError("found an address that is not https, expected one that is")
    context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect)
    try:
        return cast("BinaryIO", opener.open(url, timeout=TIMEOUT_SECONDS))
    except HTTPError as error:
        error.close()
        raise DownloadError(f"the address answered with status {error.code}") from error
    except (URLError, OSError) as error:
        raise DownloadError(f"the address did not answer ({type(error).__name__})") from error
