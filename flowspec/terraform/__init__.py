"""Terraform's plans and states -> Azure resources in Azure's own JSON, as before and as after the apply."""
