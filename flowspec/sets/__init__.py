"""Sets of flows and what is counted, cut, joined and drawn with them. Nothing here knows of Azure."""
