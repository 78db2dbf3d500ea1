"""The graph behind the ports: managed transactions over catalogued Cypher; nothing of the driver leaves here."""
