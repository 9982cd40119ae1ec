"""What editors ask, over the Language Server Protocol: problems, completion, hover, definitions, renaming, layout."""
