flowspec {
  name = "orders"
}

group "web" {
  select {
    application_security_group = "asg-web"
  }
}

group "db" {
  select {
    application_security_group = "asg-db"
  }
}

group "customers" {
  service_tags = ["Internet"]
}

intent "customers-to-web" {
  from     = [group.customers]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [443]
  expect   = "Allow"
}

intent "web-to-db" {
  description = "orders are stored"
  from        = [group.web]
  to          = [group.db]
  protocol    = "Tcp"
  ports       = [5432]
  expect      = "Allow"
  owner       = "team-orders"
}

intent "no-ssh-between-vms" {
  from     = [group.web, group.db]
  to       = [group.web, group.db]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
}
