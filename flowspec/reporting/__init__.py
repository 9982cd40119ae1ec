"""Judgements, fixes and differences -> the documents that are shown: text values only."""
