// flowspec-rg-web.bicep
// Rules that flowspec suggests, for resource group rg-web of subscription 00000000-0000-0000-0000-000000000000.
// Where a template of yours declares one of these NSGs with its securityRules, write them there: its next deployment deletes every rule that it does not name.

resource nsg_nsg_db 'Microsoft.Network/networkSecurityGroups@2024-05-01' existing = {
  name: 'nsg-db'
}

// - delete nsg-web/securityRules/tmp-allow-ssh, mends intent.no-ssh-from-outside
// A deployment deletes nothing. Before you deploy this: az network nsg rule delete --ids /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg-web/securityRules/tmp-allow-ssh

// + create nsg-db/securityRules/flowspec-web-to-db-in, mends intent.web-to-db
// allows more than the rule it stands for once asg-web has other members
resource rule_flowspec_web_to_db_in 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'flowspec-web-to-db-in'
  properties: {
    description: 'intent.web-to-db of shop'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceApplicationSecurityGroups: [
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
      }
    ]
    sourcePortRange: '*'
    destinationAddressPrefixes: [
      '10.20.5.4'
      '10.20.5.5'
    ]
    destinationPortRange: '5432'
  }
}

// + create nsg-db/securityRules/lists, mends intent.lists
// lists
resource rule_lists 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'lists'
  properties: {
    description: 'lists'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefixes: [
      '10.0.0.0/16'
      '10.1.0.0/16'
      '10.2.0.0/16'
      '10.3.0.0/16'
      '10.4.0.0/16'
      '10.5.0.0/16'
      '10.6.0.0/16'
      '10.7.0.0/16'
      '10.8.0.0/16'
      '10.9.0.0/16'
      '10.10.0.0/16'
      '10.11.0.0/16'
      '10.12.0.0/16'
      '10.13.0.0/16'
      '10.14.0.0/16'
      '10.15.0.0/16'
      '10.16.0.0/16'
      '10.17.0.0/16'
      '10.18.0.0/16'
      '10.19.0.0/16'
      '10.20.0.0/16'
      '10.21.0.0/16'
      '10.22.0.0/16'
      '10.23.0.0/16'
      '10.24.0.0/16'
      '10.25.0.0/16'
      '10.26.0.0/16'
      '10.27.0.0/16'
      '10.28.0.0/16'
      '10.29.0.0/16'
    ]
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRanges: [
      '80'
      '8000-8100'
    ]
  }
  dependsOn: [
    rule_flowspec_web_to_db_in
  ]
}

// + create nsg-db/securityRules/groups, mends intent.groups
// groups
resource rule_groups 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'groups'
  properties: {
    description: 'groups'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceApplicationSecurityGroups: [
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
      }
    ]
    sourcePortRange: '*'
    destinationApplicationSecurityGroups: [
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
      }
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2'
      }
    ]
    destinationPortRange: '443'
  }
  dependsOn: [
    rule_lists
  ]
}

// + create nsg-db/securityRules/any-case, mends intent.any-case
// any-case
resource rule_any_case 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'any-case'
  properties: {
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: '10.0.0.0/8'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '443'
  }
  dependsOn: [
    rule_groups
  ]
}

// + create nsg-db/securityRules/everything, mends intent.everything
// everything
resource rule_everything 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'everything'
  properties: {
    description: 'everything'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: '*'
    sourceAddressPrefix: '10.0.0.0/8'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
  dependsOn: [
    rule_any_case
  ]
}

// + create nsg-db/securityRules/both-forms, mends intent.both-forms
// both-forms
resource rule_both_forms 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'both-forms'
  properties: {
    description: 'both-forms'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefixes: [
      '10.0.0.0/8'
      '11.0.0.0/8'
    ]
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '443'
  }
  dependsOn: [
    rule_everything
  ]
}

// ~ update nsg-db/securityRules/lists, mends intent.lists
// lists
resource rule_nsg_db_lists 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'lists'
  properties: {
    description: 'lists'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefixes: [
      '10.0.0.0/16'
      '10.1.0.0/16'
      '10.2.0.0/16'
      '10.3.0.0/16'
      '10.4.0.0/16'
      '10.5.0.0/16'
      '10.6.0.0/16'
      '10.7.0.0/16'
      '10.8.0.0/16'
      '10.9.0.0/16'
      '10.10.0.0/16'
      '10.11.0.0/16'
      '10.12.0.0/16'
      '10.13.0.0/16'
      '10.14.0.0/16'
      '10.15.0.0/16'
      '10.16.0.0/16'
      '10.17.0.0/16'
      '10.18.0.0/16'
      '10.19.0.0/16'
      '10.20.0.0/16'
      '10.21.0.0/16'
      '10.22.0.0/16'
      '10.23.0.0/16'
      '10.24.0.0/16'
      '10.25.0.0/16'
      '10.26.0.0/16'
      '10.27.0.0/16'
      '10.28.0.0/16'
      '10.29.0.0/16'
    ]
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRanges: [
      '80'
      '8000-8100'
    ]
  }
  dependsOn: [
    rule_both_forms
  ]
}

// ~ update nsg-db/securityRules/groups, mends intent.groups
// groups
resource rule_nsg_db_groups 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'groups'
  properties: {
    description: 'groups'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceApplicationSecurityGroups: [
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
      }
    ]
    sourcePortRange: '*'
    destinationApplicationSecurityGroups: [
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
      }
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2'
      }
    ]
    destinationPortRange: '443'
  }
  dependsOn: [
    rule_nsg_db_lists
  ]
}

// ~ update nsg-db/securityRules/any-case, mends intent.any-case
// any-case
resource rule_nsg_db_any_case 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'any-case'
  properties: {
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: '10.0.0.0/8'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '443'
  }
  dependsOn: [
    rule_nsg_db_groups
  ]
}

// ~ update nsg-db/securityRules/everything, mends intent.everything
// everything
resource rule_nsg_db_everything 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'everything'
  properties: {
    description: 'everything'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: '*'
    sourceAddressPrefix: '10.0.0.0/8'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
  dependsOn: [
    rule_nsg_db_any_case
  ]
}

// ~ update nsg-db/securityRules/both-forms, mends intent.both-forms
// both-forms
resource rule_nsg_db_both_forms 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db
  name: 'both-forms'
  properties: {
    description: 'both-forms'
    priority: 200
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefixes: [
      '10.0.0.0/8'
      '11.0.0.0/8'
    ]
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '443'
  }
  dependsOn: [
    rule_nsg_db_everything
  ]
}

// flowspec-rg-db.bicep
// Rules that flowspec suggests, for resource group rg-db of subscription 00000000-0000-0000-0000-000000000000.
// Where a template of yours declares one of these NSGs with its securityRules, write them there: its next deployment deletes every rule that it does not name.

resource nsg_nsg_db_2 'Microsoft.Network/networkSecurityGroups@2024-05-01' existing = {
  name: 'nsg-db'
}

// ~ update nsg-db/securityRules/web-to-db, mends intent.web-to-db
resource rule_web_to_db 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_nsg_db_2
  name: 'web-to-db'
  properties: {
    priority: 300
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: '10.20.4.0/24'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '5432'
  }
}
