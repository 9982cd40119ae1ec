"""Why a flow fares as it does."""
