group "dead" {
  select {
    nic = "nic-dead"
  }
}

group "zero" {
  select {
    nic = "nic-zero"
  }
}

group "halves" {
  select {
    nic = "nic-halves"
  }
}

intent "no-rdp-to-dead" {
  from     = [group.public]
  to       = [group.dead]
  protocol = "Tcp"
  ports    = [3389]
  expect   = "Deny"
}

intent "no-rdp-to-zero" {
  from     = [group.public]
  to       = [group.zero]
  protocol = "Tcp"
  ports    = [3389]
  expect   = "Deny"
}

intent "no-rdp-to-halves" {
  from     = [group.public]
  to       = [group.halves]
  protocol = "Tcp"
  ports    = [3389]
  expect   = "Deny"
}
