"""ARM templates -> the resources that a deployment of them would leave, as Azure's own JSON; nothing is run."""
