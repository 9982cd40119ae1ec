"""A spec and a network -> questions and their judgements: what each intent is about, and whether it holds."""
