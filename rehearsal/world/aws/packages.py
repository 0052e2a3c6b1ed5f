"""The deployed code of the functions that are watched: one small package for all of them."""

import base64
import hashlib
import io
from typing import BinaryIO

from rehearsal.world.aws.wire import Answer, to_answer

PACKAGE = b"the code of a function"


def describe_function(function: str) -> Answer:
    """Answer `GetFunction`."""
    sha256 = base64.b64encode(hashlib.sha256(PACKAGE).digest()).decode()
    configuration = {"FunctionName": function, "CodeSha256": sha256, "CodeSize": len(PACKAGE)}
    code = {"RepositoryType": "S3", "Location": f"https://packages.invalid/{function}"}
    return to_answer({"Configuration": configuration, "Code": code})


def open_package(_url: str) -> BinaryIO:
    """Open the package at its address."""
    return io.BytesIO(PACKAGE)
