"""Two inventories -> every flow that opens or closes between them: exact."""
