# Rules that flowspec suggests. Look at what `terraform plan` makes of them before you apply.
# Where your configuration writes the rules of an NSG inside it (security_rule blocks), write these there: azurerm does not take both. --in-place --terraform-dir DIR does so.
# They are in several subscriptions. Where your configuration has a provider for one, name that one instead.

provider "azurerm" {
  alias           = "subscription_00000000_0000_0000_0000_000000000000"
  subscription_id = "00000000-0000-0000-0000-000000000000"
  features {}
}

provider "azurerm" {
  alias           = "subscription_11111111_1111_1111_1111_111111111111"
  subscription_id = "11111111-1111-1111-1111-111111111111"
  features {}
}

# + create nsg-db/securityRules/web-in, mends intent.web-in
# web-in
resource "azurerm_network_security_rule" "web_in" {
  provider                    = azurerm.subscription_00000000_0000_0000_0000_000000000000
  name                        = "web-in"
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
  description                 = "web-in"
}

# + create nsg-db/securityRules/web-in, mends intent.web-in
# web-in
resource "azurerm_network_security_rule" "nsg_db_web_in" {
  provider                    = azurerm.subscription_11111111_1111_1111_1111_111111111111
  name                        = "web-in"
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
  description                 = "web-in"

  depends_on = [azurerm_network_security_rule.web_in]
}

# ~ update nsg-db/securityRules/db-in, mends intent.db-in
# db-in
# This rule exists. If a configuration of yours manages it already, change it there and leave out these blocks.
import {
  to = azurerm_network_security_rule.db_in
  id = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/db-in"
}

resource "azurerm_network_security_rule" "db_in" {
  provider                    = azurerm.subscription_11111111_1111_1111_1111_111111111111
  name                        = "db-in"
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
  description                 = "db-in"

  depends_on = [azurerm_network_security_rule.nsg_db_web_in]
}

# - delete nsg-db/securityRules/old, mends intent.old
# old
# Terraform deletes what it manages: take the rule out where your configuration declares it, as a resource
# azurerm_network_security_rule or as a block security_rule of its azurerm_network_security_group. If none does:
#   az network nsg rule delete --ids /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-db/securityRules/old
