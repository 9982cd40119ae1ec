"""The gate: what a change is held to, and that it never passes by luck."""
