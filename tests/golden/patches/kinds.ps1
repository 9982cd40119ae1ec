#Requires -Modules Az.Accounts, Az.Network
# Rules that flowspec suggests, in the order in which they are safe. Look at each step before you run this.
# Set-AzNetworkSecurityGroup writes the whole NSG as it was read just before: let nobody else change it meanwhile.
$ErrorActionPreference = 'Stop'

# - delete nsg-web/securityRules/tmp-allow-ssh, mends intent.no-ssh-from-outside
$null = Set-AzContext -Subscription '00000000-0000-0000-0000-000000000000'
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-web'
$null = $nsg | Remove-AzNetworkSecurityRuleConfig -Name 'tmp-allow-ssh'
$null = $nsg | Set-AzNetworkSecurityGroup

# + create nsg-db/securityRules/flowspec-web-to-db-in, mends intent.web-to-db
# allows more than the rule it stands for once asg-web has other members
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'flowspec-web-to-db-in'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceApplicationSecurityGroupId = @(
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
  )
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('10.20.5.4', '10.20.5.5')
  DestinationPortRange = @('5432')
  Description = 'intent.web-to-db of shop'
}
$null = $nsg | Add-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# ~ update nsg-db/securityRules/web-to-db, mends intent.web-to-db
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-db' -Name 'nsg-db'
$rule = @{
  Name = 'web-to-db'
  Priority = 300
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceAddressPrefix = @('10.20.4.0/24')
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('5432')
}
$null = $nsg | Set-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# + create nsg-db/securityRules/lists, mends intent.lists
# lists
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'lists'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceAddressPrefix = @(
    '10.0.0.0/16',
    '10.1.0.0/16',
    '10.2.0.0/16',
    '10.3.0.0/16',
    '10.4.0.0/16',
    '10.5.0.0/16',
    '10.6.0.0/16',
    '10.7.0.0/16',
    '10.8.0.0/16',
    '10.9.0.0/16',
    '10.10.0.0/16',
    '10.11.0.0/16',
    '10.12.0.0/16',
    '10.13.0.0/16',
    '10.14.0.0/16',
    '10.15.0.0/16',
    '10.16.0.0/16',
    '10.17.0.0/16',
    '10.18.0.0/16',
    '10.19.0.0/16',
    '10.20.0.0/16',
    '10.21.0.0/16',
    '10.22.0.0/16',
    '10.23.0.0/16',
    '10.24.0.0/16',
    '10.25.0.0/16',
    '10.26.0.0/16',
    '10.27.0.0/16',
    '10.28.0.0/16',
    '10.29.0.0/16'
  )
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('80', '8000-8100')
  Description = 'lists'
}
$null = $nsg | Add-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# + create nsg-db/securityRules/groups, mends intent.groups
# groups
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'groups'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceApplicationSecurityGroupId = @(
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
  )
  SourcePortRange = @('*')
  DestinationApplicationSecurityGroupId = @(
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web',
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2'
  )
  DestinationPortRange = @('443')
  Description = 'groups'
}
$null = $nsg | Add-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# + create nsg-db/securityRules/any-case, mends intent.any-case
# any-case
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'any-case'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceAddressPrefix = @('10.0.0.0/8')
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('443')
}
$null = $nsg | Add-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# + create nsg-db/securityRules/everything, mends intent.everything
# everything
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'everything'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = '*'
  SourceAddressPrefix = @('10.0.0.0/8')
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('*')
  Description = 'everything'
}
$null = $nsg | Add-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# + create nsg-db/securityRules/both-forms, mends intent.both-forms
# both-forms
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'both-forms'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceAddressPrefix = @('10.0.0.0/8', '11.0.0.0/8')
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('443')
  Description = 'both-forms'
}
$null = $nsg | Add-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# ~ update nsg-db/securityRules/lists, mends intent.lists
# lists
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'lists'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceAddressPrefix = @(
    '10.0.0.0/16',
    '10.1.0.0/16',
    '10.2.0.0/16',
    '10.3.0.0/16',
    '10.4.0.0/16',
    '10.5.0.0/16',
    '10.6.0.0/16',
    '10.7.0.0/16',
    '10.8.0.0/16',
    '10.9.0.0/16',
    '10.10.0.0/16',
    '10.11.0.0/16',
    '10.12.0.0/16',
    '10.13.0.0/16',
    '10.14.0.0/16',
    '10.15.0.0/16',
    '10.16.0.0/16',
    '10.17.0.0/16',
    '10.18.0.0/16',
    '10.19.0.0/16',
    '10.20.0.0/16',
    '10.21.0.0/16',
    '10.22.0.0/16',
    '10.23.0.0/16',
    '10.24.0.0/16',
    '10.25.0.0/16',
    '10.26.0.0/16',
    '10.27.0.0/16',
    '10.28.0.0/16',
    '10.29.0.0/16'
  )
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('80', '8000-8100')
  Description = 'lists'
}
$null = $nsg | Set-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# ~ update nsg-db/securityRules/groups, mends intent.groups
# groups
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'groups'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceApplicationSecurityGroupId = @(
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web'
  )
  SourcePortRange = @('*')
  DestinationApplicationSecurityGroupId = @(
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web',
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2'
  )
  DestinationPortRange = @('443')
  Description = 'groups'
}
$null = $nsg | Set-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# ~ update nsg-db/securityRules/any-case, mends intent.any-case
# any-case
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'any-case'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceAddressPrefix = @('10.0.0.0/8')
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('443')
}
$null = $nsg | Set-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# ~ update nsg-db/securityRules/everything, mends intent.everything
# everything
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'everything'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = '*'
  SourceAddressPrefix = @('10.0.0.0/8')
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('*')
  Description = 'everything'
}
$null = $nsg | Set-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup

# ~ update nsg-db/securityRules/both-forms, mends intent.both-forms
# both-forms
$nsg = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-web' -Name 'nsg-db'
$rule = @{
  Name = 'both-forms'
  Priority = 200
  Direction = 'Inbound'
  Access = 'Allow'
  Protocol = 'Tcp'
  SourceAddressPrefix = @('10.0.0.0/8', '11.0.0.0/8')
  SourcePortRange = @('*')
  DestinationAddressPrefix = @('*')
  DestinationPortRange = @('443')
  Description = 'both-forms'
}
$null = $nsg | Set-AzNetworkSecurityRuleConfig @rule
$null = $nsg | Set-AzNetworkSecurityGroup
