"""A network as it was read, from whatever sources -> a snapshot: Azure's own JSON, which reads back as the same."""
