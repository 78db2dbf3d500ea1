"""Pictures in answers."""

from fastapi import Response


class SvgResponse(Response):
    media_type = "image/svg+xml"
