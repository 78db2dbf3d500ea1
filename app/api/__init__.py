"""The HTTP interface: routers convert, call and convert."""
