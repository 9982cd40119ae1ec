"""Pure functions over the model: what the network permits, how that parts from the spec, and what would mend it."""
