flowspec {
  name             = "shop"
  required_version = ">= 0.1"
}

locals {
  office = ["203.0.113.0/24"]
}

service "postgres" {
  protocol = "Tcp"
  ports    = [5432]
}

service "https" {
  protocol = "Tcp"
  ports    = [443]
}

group "web" {
  select {
    tags = { tier = "web" }
  }
  expect_at_least = 2
}

group "app" {
  select {
    tags = { tier = "app" }
  }
}

group "db" {
  select {
    subnet = "vnet-shop/snet-db"
  }
}

group "customers" {
  service_tags = ["Internet"]
}

group "office" {
  prefixes = local.office
}

intent "customers-to-web" {
  description = "customers reach the shop"
  from        = [group.customers]
  to          = [group.web]
  service     = [service.https]
  expect      = "Allow"
  owner       = "team-shop"
}

intent "web-to-app" {
  from     = [group.web]
  to       = [group.app]
  protocol = "Tcp"
  ports    = ["8080-8081"]
  expect   = "Allow"
  owner    = "team-shop"
}

intent "app-to-db" {
  description = "the shop reads its database"
  from        = [group.app]
  to          = [group.db]
  service     = [service.postgres]
  expect      = "Allow"
  owner       = "team-data"
}

intent "office-to-web" {
  from     = [group.office]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Allow"
  owner    = "team-shop"
}

intent "no-ssh-from-outside" {
  description = "administration comes from the office only"
  from        = [group.public]
  to          = [group.web, group.app, group.db]
  protocol    = "Tcp"
  ports       = [22, 3389]
  expect      = "Deny"
  except      = [group.office]
  owner       = "team-shop"
}

boundary "db" {
  around    = [group.db]
  direction = "Inbound"
  allow     = [intent.app-to-db]
  owner     = "team-data"
}
