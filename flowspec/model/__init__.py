"""Pure values: sets of flows, the inventory, the spec, the report. Nothing here reads, writes or decides."""
