group "api" {
  select {
    tags = { role = "api" }
  }
}

group "batch" {
  select {
    tags = { role = "batch" }
  }
}

group "front-door" {
  service_tags = ["AzureFrontDoor.Backend"]
}

group "monitor" {
  prefixes = ["192.168.7.0/24"]
}

group "partner" {
  prefixes = ["198.51.100.0/24"]
}

intent "front-door-to-api" {
  description = "decided without the tag's prefixes: the rule names the same tag"
  from        = [group.front-door]
  to          = [group.api]
  protocol    = "Tcp"
  ports       = [443]
  expect      = "Allow"
}

intent "no-partner-to-api" {
  description = "hinges on whether the partner's prefix is in the tag"
  from        = [group.partner]
  to          = [group.api]
  protocol    = "Tcp"
  ports       = [443]
  expect      = "Deny"
}

intent "api-to-batch" {
  description = "hinges on an NSG of another subscription"
  from        = [group.api]
  to          = [group.batch]
  protocol    = "Tcp"
  ports       = [8080]
  expect      = "Allow"
}

intent "monitoring-of-api" {
  description = "hinges on the address that the second API server will have"
  from        = [group.monitor]
  to          = [group.api]
  protocol    = "Tcp"
  ports       = [9100]
  expect      = "Allow"
  severity    = "warning"
}
