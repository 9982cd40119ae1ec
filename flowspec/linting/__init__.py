"""An inventory, and maybe a spec -> rules that could go, names that stand for nothing, and what hangs loose: exact."""
