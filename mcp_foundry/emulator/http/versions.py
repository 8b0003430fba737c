"""The version of the API that a request names."""

import re

from aiohttp import web

from mcp_foundry.emulator.wire.refusals import Refusal

ASKING = re.compile(r"/agents/[^/]+/endpoint/")
MISSING = "Missing required query parameter: api-version"
UNSUPPORTED = "Unsupported api version '{given}'. The supported versions are 'v1', '2025-05-01'."
# Of the dates which one is supported by which route is not known: any is taken.
KNOWN = re.compile(r"v1|20\d\d-\d\d-\d\d(-preview)?")


def check_version(request: web.Request, path: str) -> None:
    """Refuse a request without a version, or with one that there is not.

    Below `/openai/v1` the path says it. Seen in reports: the sentence for none, that for an unknown
    one on the classic plane, and the 404 where an agent's endpoint is asked in an older version.
    """
    if path.startswith("/openai/v1/"):
        return
    given = request.query.get("api-version", "")
    if not given:
        raise Refusal(400, "BadRequest", MISSING, shape="bare")
    if not KNOWN.fullmatch(given):
        raise Refusal(400, "BadRequest", UNSUPPORTED.format(given=given), shape="bare")
    if given != "v1" and ASKING.match(path):
        raise Refusal(404, "NotFound", "Resource not found", shape="bare")
