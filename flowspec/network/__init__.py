"""What Azure makes of an inventory: who is where, what tags, ports, routes and peerings come to (docs/azure.md)."""
