"""The network's twin: an inventory behind Azure's REST API, for any Azure client (docs/twin.md)."""
