"""A change and what it is held to -> the verdict of the gate: intents against before, access, what was declared."""
