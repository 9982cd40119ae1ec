# Rules that flowspec suggests. Look at what `terraform plan` makes of them before you apply.
# Where your configuration writes the rules of an NSG inside it (security_rule blocks), write these there: azurerm does not take both. --in-place --terraform-dir DIR does so.
# They are in subscription 00000000-0000-0000-0000-000000000000: run this with its provider.

# - delete nsg-web/securityRules/tmp-allow-ssh, mends intent.no-ssh-from-outside
# Terraform deletes what it manages: take the rule out where your configuration declares it, as a resource
# azurerm_network_security_rule or as a block security_rule of its azurerm_network_security_group. If none does:
#   az network nsg rule delete --ids /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-web/securityRules/tmp-allow-ssh

# + create nsg-db/securityRules/flowspec-web-to-db-in, mends intent.web-to-db
# allows more than the rule it stands for once asg-web has other members
resource "azurerm_network_security_rule" "flowspec_web_to_db_in" {
  name                        = "flowspec-web-to-db-in"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_application_security_group_ids = [
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web",
  ]
  source_port_range            = "*"
  destination_address_prefixes = ["10.20.5.4", "10.20.5.5"]
  destination_port_range       = "5432"
  description                  = "intent.web-to-db of shop"
}

# ~ update nsg-db/securityRules/web-to-db, mends intent.web-to-db
# This rule exists. If a configuration of yours manages it already, change it there and leave out these blocks.
import {
  to = azurerm_network_security_rule.web_to_db
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-db/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/web-to-db"
}

resource "azurerm_network_security_rule" "web_to_db" {
  name                        = "web-to-db"
  resource_group_name         = "rg-db"
  network_security_group_name = "nsg-db"
  priority                    = 300
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = "10.20.4.0/24"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "5432"

  depends_on = [azurerm_network_security_rule.flowspec_web_to_db_in]
}

# + create nsg-db/securityRules/lists, mends intent.lists
# lists
resource "azurerm_network_security_rule" "lists" {
  name                        = "lists"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefixes = [
    "10.0.0.0/16",
    "10.1.0.0/16",
    "10.2.0.0/16",
    "10.3.0.0/16",
    "10.4.0.0/16",
    "10.5.0.0/16",
    "10.6.0.0/16",
    "10.7.0.0/16",
    "10.8.0.0/16",
    "10.9.0.0/16",
    "10.10.0.0/16",
    "10.11.0.0/16",
    "10.12.0.0/16",
    "10.13.0.0/16",
    "10.14.0.0/16",
    "10.15.0.0/16",
    "10.16.0.0/16",
    "10.17.0.0/16",
    "10.18.0.0/16",
    "10.19.0.0/16",
    "10.20.0.0/16",
    "10.21.0.0/16",
    "10.22.0.0/16",
    "10.23.0.0/16",
    "10.24.0.0/16",
    "10.25.0.0/16",
    "10.26.0.0/16",
    "10.27.0.0/16",
    "10.28.0.0/16",
    "10.29.0.0/16",
  ]
  source_port_range          = "*"
  destination_address_prefix = "*"
  destination_port_ranges    = ["80", "8000-8100"]
  description                = "lists"

  depends_on = [azurerm_network_security_rule.web_to_db]
}

# + create nsg-db/securityRules/groups, mends intent.groups
# groups
resource "azurerm_network_security_rule" "groups" {
  name                        = "groups"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_application_security_group_ids = [
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web",
  ]
  source_port_range = "*"
  destination_application_security_group_ids = [
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web",
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2",
  ]
  destination_port_range = "443"
  description            = "groups"

  depends_on = [azurerm_network_security_rule.lists]
}

# + create nsg-db/securityRules/any-case, mends intent.any-case
# any-case
resource "azurerm_network_security_rule" "any_case" {
  name                        = "any-case"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = "10.0.0.0/8"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "443"

  depends_on = [azurerm_network_security_rule.groups]
}

# + create nsg-db/securityRules/everything, mends intent.everything
# everything
resource "azurerm_network_security_rule" "everything" {
  name                        = "everything"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "*"
  source_address_prefix       = "10.0.0.0/8"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
  description                 = "everything"

  depends_on = [azurerm_network_security_rule.any_case]
}

# + create nsg-db/securityRules/both-forms, mends intent.both-forms
# both-forms
resource "azurerm_network_security_rule" "both_forms" {
  name                        = "both-forms"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefixes     = ["10.0.0.0/8", "11.0.0.0/8"]
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "443"
  description                 = "both-forms"

  depends_on = [azurerm_network_security_rule.everything]
}

# ~ update nsg-db/securityRules/lists, mends intent.lists
# lists
# This rule exists. If a configuration of yours manages it already, change it there and leave out these blocks.
import {
  to = azurerm_network_security_rule.nsg_db_lists
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/lists"
}

resource "azurerm_network_security_rule" "nsg_db_lists" {
  name                        = "lists"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefixes = [
    "10.0.0.0/16",
    "10.1.0.0/16",
    "10.2.0.0/16",
    "10.3.0.0/16",
    "10.4.0.0/16",
    "10.5.0.0/16",
    "10.6.0.0/16",
    "10.7.0.0/16",
    "10.8.0.0/16",
    "10.9.0.0/16",
    "10.10.0.0/16",
    "10.11.0.0/16",
    "10.12.0.0/16",
    "10.13.0.0/16",
    "10.14.0.0/16",
    "10.15.0.0/16",
    "10.16.0.0/16",
    "10.17.0.0/16",
    "10.18.0.0/16",
    "10.19.0.0/16",
    "10.20.0.0/16",
    "10.21.0.0/16",
    "10.22.0.0/16",
    "10.23.0.0/16",
    "10.24.0.0/16",
    "10.25.0.0/16",
    "10.26.0.0/16",
    "10.27.0.0/16",
    "10.28.0.0/16",
    "10.29.0.0/16",
  ]
  source_port_range          = "*"
  destination_address_prefix = "*"
  destination_port_ranges    = ["80", "8000-8100"]
  description                = "lists"

  depends_on = [azurerm_network_security_rule.both_forms]
}

# ~ update nsg-db/securityRules/groups, mends intent.groups
# groups
# This rule exists. If a configuration of yours manages it already, change it there and leave out these blocks.
import {
  to = azurerm_network_security_rule.nsg_db_groups
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/groups"
}

resource "azurerm_network_security_rule" "nsg_db_groups" {
  name                        = "groups"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_application_security_group_ids = [
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web",
  ]
  source_port_range = "*"
  destination_application_security_group_ids = [
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web",
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2",
  ]
  destination_port_range = "443"
  description            = "groups"

  depends_on = [azurerm_network_security_rule.nsg_db_lists]
}

# ~ update nsg-db/securityRules/any-case, mends intent.any-case
# any-case
# This rule exists. If a configuration of yours manages it already, change it there and leave out these blocks.
import {
  to = azurerm_network_security_rule.nsg_db_any_case
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/any-case"
}

resource "azurerm_network_security_rule" "nsg_db_any_case" {
  name                        = "any-case"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = "10.0.0.0/8"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "443"

  depends_on = [azurerm_network_security_rule.nsg_db_groups]
}

# ~ update nsg-db/securityRules/everything, mends intent.everything
# everything
# This rule exists. If a configuration of yours manages it already, change it there and leave out these blocks.
import {
  to = azurerm_network_security_rule.nsg_db_everything
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/everything"
}

resource "azurerm_network_security_rule" "nsg_db_everything" {
  name                        = "everything"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "*"
  source_address_prefix       = "10.0.0.0/8"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
  description                 = "everything"

  depends_on = [azurerm_network_security_rule.nsg_db_any_case]
}

# ~ update nsg-db/securityRules/both-forms, mends intent.both-forms
# both-forms
# This rule exists. If a configuration of yours manages it already, change it there and leave out these blocks.
import {
  to = azurerm_network_security_rule.nsg_db_both_forms
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/both-forms"
}

resource "azurerm_network_security_rule" "nsg_db_both_forms" {
  name                        = "both-forms"
  resource_group_name         = "rg-web"
  network_security_group_name = "nsg-db"
  priority                    = 200
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefixes     = ["10.0.0.0/8", "11.0.0.0/8"]
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "443"
  description                 = "both-forms"

  depends_on = [azurerm_network_security_rule.nsg_db_everything]
}
