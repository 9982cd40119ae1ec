resource "azurerm_resource_group" "lab" {
  name     = "rg-lab"
  location = "westeurope"
}

resource "azurerm_virtual_network" "lab" {
  name                = "vnet-lab"
  resource_group_name = azurerm_resource_group.lab.name
  location            = azurerm_resource_group.lab.location
  address_space       = ["10.60.0.0/16"]
}

resource "azurerm_network_security_group" "dead" {
  name                = "nsg-dead"
  resource_group_name = azurerm_resource_group.lab.name
  location            = azurerm_resource_group.lab.location

  security_rule {
    name                       = "deny-rdp"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "3389"
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }

  security_rule {
    name                       = "allow-rdp"
    priority                   = 200
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "3389"
    source_address_prefix      = "Internet"
    destination_address_prefix = "*"
  }
}

resource "azurerm_subnet" "dead" {
  name                 = "snet-dead"
  resource_group_name  = azurerm_resource_group.lab.name
  virtual_network_name = azurerm_virtual_network.lab.name
  address_prefixes     = ["10.60.1.0/24"]
}

resource "azurerm_subnet_network_security_group_association" "dead" {
  subnet_id                 = azurerm_subnet.dead.id
  network_security_group_id = azurerm_network_security_group.dead.id
}

resource "azurerm_network_interface" "dead" {
  name                = "nic-dead"
  resource_group_name = azurerm_resource_group.lab.name
  location            = azurerm_resource_group.lab.location

  ip_configuration {
    name                          = "internal"
    subnet_id                     = azurerm_subnet.dead.id
    private_ip_address_allocation = "Static"
    private_ip_address            = "10.60.1.4"
  }
}

resource "azurerm_network_security_group" "zero" {
  name                = "nsg-zero"
  resource_group_name = azurerm_resource_group.lab.name
  location            = azurerm_resource_group.lab.location

  security_rule {
    name                       = "allow-rdp"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "3389"
    source_address_prefix      = "0.0.0.0/0"
    destination_address_prefix = "*"
  }
}

resource "azurerm_subnet" "zero" {
  name                 = "snet-zero"
  resource_group_name  = azurerm_resource_group.lab.name
  virtual_network_name = azurerm_virtual_network.lab.name
  address_prefixes     = ["10.60.2.0/24"]
}

resource "azurerm_subnet_network_security_group_association" "zero" {
  subnet_id                 = azurerm_subnet.zero.id
  network_security_group_id = azurerm_network_security_group.zero.id
}

resource "azurerm_network_interface" "zero" {
  name                = "nic-zero"
  resource_group_name = azurerm_resource_group.lab.name
  location            = azurerm_resource_group.lab.location

  ip_configuration {
    name                          = "internal"
    subnet_id                     = azurerm_subnet.zero.id
    private_ip_address_allocation = "Static"
    private_ip_address            = "10.60.2.4"
  }
}

resource "azurerm_network_security_group" "halves" {
  name                = "nsg-halves"
  resource_group_name = azurerm_resource_group.lab.name
  location            = azurerm_resource_group.lab.location

  security_rule {
    name                       = "allow-rdp"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "3389"
    source_address_prefixes    = ["0.0.0.0/1", "128.0.0.0/1"]
    destination_address_prefix = "*"
  }
}

resource "azurerm_subnet" "halves" {
  name                 = "snet-halves"
  resource_group_name  = azurerm_resource_group.lab.name
  virtual_network_name = azurerm_virtual_network.lab.name
  address_prefixes     = ["10.60.3.0/24"]
}

resource "azurerm_subnet_network_security_group_association" "halves" {
  subnet_id                 = azurerm_subnet.halves.id
  network_security_group_id = azurerm_network_security_group.halves.id
}

resource "azurerm_network_interface" "halves" {
  name                = "nic-halves"
  resource_group_name = azurerm_resource_group.lab.name
  location            = azurerm_resource_group.lab.location

  ip_configuration {
    name                          = "internal"
    subnet_id                     = azurerm_subnet.halves.id
    private_ip_address_allocation = "Static"
    private_ip_address            = "10.60.3.4"
  }
}
