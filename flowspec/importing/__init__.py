"""A network -> a spec that describes what is permitted in it today, with its proof."""
