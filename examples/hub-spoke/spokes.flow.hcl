flowspec {
  name = "spokes"
}

group "jump" {
  select {
    vm = "vm-jump"
  }
}

group "app" {
  select {
    vnet = "vnet-app"
  }
}

group "data" {
  select {
    vnet = "vnet-data"
  }
}

group "internet" {
  service_tags = ["Internet"]
}

intent "jump-to-spokes" {
  from     = [group.jump]
  to       = [group.app, group.data]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Allow"
  owner    = "team-network"
}

intent "app-to-internet" {
  description = "patches come from outside, through the firewall"
  from        = [group.app]
  to          = [group.internet]
  protocol    = "Tcp"
  ports       = [443]
  expect      = "Allow"
  owner       = "team-app"
}

intent "nothing-from-internet" {
  description = "customers come through the application gateway, nobody else"
  from        = [group.internet]
  to          = [group.app, group.data]
  protocol    = "*"
  expect      = "Deny"
  owner       = "team-network"
}

boundary "spokes" {
  description = "spokes do not see each other"
  around      = [group.app, group.data]
  direction   = "Inbound"
  each        = "vnet"
  remote      = [group.app, group.data]
  severity    = "warning"
  owner       = "team-network"
}
