"""Why a flow fares as it does: the walk through its filters, and what would turn the answer round."""
