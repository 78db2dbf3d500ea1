"""Whether a server has Graph Data Science: the plugin may be missing, and its download fails silently."""

import cypher
from app.store.runner import GraphRunner

_GDS = cypher.parse(
    "system/get_gds_version",
    "// Which version of Graph Data Science answers?\n// mode: read\n// params:\n// returns: version\n"
    "RETURN gds.version() AS version",
)


def gds_version(runner: GraphRunner) -> str | None:
    """None without the plugin. Raises what keeps the server from answering at all."""
    if not runner.profile.gds:
        return None
    try:
        return str(runner.read(lambda tx: tx.run(_GDS))[0]["version"])
    except cypher.CatalogueError:  # the engine does not know the function
        return None
