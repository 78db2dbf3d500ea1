"""The service for an ASGI server of your own: `uvicorn --factory app.asgi:create`, one worker."""

from contextlib import ExitStack

from fastapi import FastAPI

from app.api.listen import refuse_open_door
from app.bootstrap import open_app
from app.service import Service
from app.settings import Settings


def create() -> FastAPI:
    """Opens the application that the environment describes; it is closed when the process ends. The server must
    listen on ICRM_HOST: keys are asked for, or not, by that address."""
    settings = Settings()
    refuse_open_door(settings.host, auth=settings.auth)
    opened = ExitStack()
    return Service(opened.enter_context(open_app(settings)), at_end=opened.close).api
