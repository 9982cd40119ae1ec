"""The documents that commands print and keep, one for each verb, as their schemas describe them."""
