"""Values only: the inventory, the spec, the documents. Nothing here reads, writes or decides."""
