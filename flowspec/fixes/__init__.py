"""What drifts -> the rules that mend it, each with its proof."""
