"""The child process: one ArcadeDB server on one data folder. Only this process imports the engine.

Started by the launcher as `python -m app.embedded.server FOLDER BOLT_PORT HTTP_PORT IDLE_SECONDS`.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import arcadedb

from app.embedded.control import Control
from app.embedded.folder import DATABASE, DataFolder, ServerCard
from app.embedded.loading import load
from app.embedded.locks import FileLock

# Without the first, UTC datetimes come back without a zone; the second flushes the WAL at each commit (P1);
# the third, in ms, is the only time limit that this engine honours.
START_UP = (
    "ALTER DATABASE `arcadedb.dateTimeImplementation` `java.time.ZonedDateTime`",
    "ALTER DATABASE `arcadedb.txWalFlush` 1",
    "ALTER DATABASE `arcadedb.command.timeout` 30000",
)
FOLDER_TAKEN = 17  # exit code


def main(arguments: list[str]) -> int:
    folder = DataFolder(Path(arguments[0]))
    bolt_port, http_port, idle_seconds = int(arguments[1]), int(arguments[2]), float(arguments[3])
    owner = FileLock(folder.owner_lock)
    if not owner.try_acquire():
        return FOLDER_TAKEN
    server = arcadedb.create_server(
        str(folder.engine),
        root_password=folder.password(),
        config={
            "mode": "production",  # flushes the WAL, conceals causes from clients: they are in the log
            "host": "127.0.0.1",
            "http_port": http_port,  # this listener cannot be switched off; it has the same random password
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": bolt_port,
            "bolt_host": "127.0.0.1",
        },
    )
    server.start()
    try:
        database = server.get_database(DATABASE) if folder.has_data() else server.create_database(DATABASE)
        for statement in START_UP:
            database.command("sql", statement)
        _serve(folder, bolt_port, idle_seconds, database)
    finally:
        folder.card_file.unlink(missing_ok=True)
        server.stop()
    return 0


def _serve(folder: DataFolder, bolt_port: int, idle_seconds: float, database: Any) -> None:
    control = Control(
        folder.password(),
        idle_seconds=idle_seconds,
        load=lambda place, report: load(database, Path(place), report),
    )
    signal.signal(signal.SIGTERM, control.stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the user's command, not for us
    control.start()
    folder.write_card(ServerCard(pid=os.getpid(), bolt_port=bolt_port, control_port=control.port))
    control.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
