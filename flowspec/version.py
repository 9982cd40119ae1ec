"""The version of flowspec, for whoever names it: commands, documents, requests to Azure."""

__version__ = "0.1.0"
