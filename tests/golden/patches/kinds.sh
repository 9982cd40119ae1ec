#!/usr/bin/env bash
# Rules that flowspec suggests, in the order in which they are safe. Look at each command before you run this.
set -euo pipefail
# az takes a value from a file of that name, where there is one: in an empty folder there is none.
empty=$(mktemp -d)
cd "$empty"

# - delete nsg-web/securityRules/tmp-allow-ssh, mends intent.no-ssh-from-outside
az network nsg rule delete \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-web \
  --name tmp-allow-ssh

# + create nsg-db/securityRules/flowspec-web-to-db-in, mends intent.web-to-db
# allows more than the rule it stands for once asg-web has other members
az network nsg rule create \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name flowspec-web-to-db-in \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-asgs /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web \
  --source-port-ranges '*' \
  --destination-address-prefixes 10.20.5.4 10.20.5.5 \
  --destination-port-ranges 5432 \
  --description 'intent.web-to-db of shop'

# ~ update nsg-db/securityRules/web-to-db, mends intent.web-to-db
az network nsg rule update \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-db \
  --nsg-name nsg-db \
  --name web-to-db \
  --priority 300 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-address-prefixes 10.20.4.0/24 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges 5432

# + create nsg-db/securityRules/lists, mends intent.lists
# lists
az network nsg rule create \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name lists \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-address-prefixes 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 10.3.0.0/16 10.4.0.0/16 10.5.0.0/16 10.6.0.0/16 10.7.0.0/16 10.8.0.0/16 10.9.0.0/16 10.10.0.0/16 10.11.0.0/16 10.12.0.0/16 10.13.0.0/16 10.14.0.0/16 10.15.0.0/16 10.16.0.0/16 10.17.0.0/16 10.18.0.0/16 10.19.0.0/16 10.20.0.0/16 10.21.0.0/16 10.22.0.0/16 10.23.0.0/16 10.24.0.0/16 10.25.0.0/16 10.26.0.0/16 10.27.0.0/16 10.28.0.0/16 10.29.0.0/16 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges 80 8000-8100 \
  --description lists

# + create nsg-db/securityRules/groups, mends intent.groups
# groups
az network nsg rule create \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name groups \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-asgs /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web \
  --source-port-ranges '*' \
  --destination-asgs /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2 \
  --destination-port-ranges 443 \
  --description groups

# + create nsg-db/securityRules/any-case, mends intent.any-case
# any-case
az network nsg rule create \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name any-case \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-address-prefixes 10.0.0.0/8 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges 443

# + create nsg-db/securityRules/everything, mends intent.everything
# everything
az network nsg rule create \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name everything \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol '*' \
  --source-address-prefixes 10.0.0.0/8 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges '*' \
  --description everything

# + create nsg-db/securityRules/both-forms, mends intent.both-forms
# both-forms
az network nsg rule create \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name both-forms \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-address-prefixes 10.0.0.0/8 11.0.0.0/8 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges 443 \
  --description both-forms

# ~ update nsg-db/securityRules/lists, mends intent.lists
# lists
az network nsg rule update \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name lists \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-address-prefixes 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 10.3.0.0/16 10.4.0.0/16 10.5.0.0/16 10.6.0.0/16 10.7.0.0/16 10.8.0.0/16 10.9.0.0/16 10.10.0.0/16 10.11.0.0/16 10.12.0.0/16 10.13.0.0/16 10.14.0.0/16 10.15.0.0/16 10.16.0.0/16 10.17.0.0/16 10.18.0.0/16 10.19.0.0/16 10.20.0.0/16 10.21.0.0/16 10.22.0.0/16 10.23.0.0/16 10.24.0.0/16 10.25.0.0/16 10.26.0.0/16 10.27.0.0/16 10.28.0.0/16 10.29.0.0/16 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges 80 8000-8100 \
  --description lists

# ~ update nsg-db/securityRules/groups, mends intent.groups
# groups
az network nsg rule update \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name groups \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-asgs /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web \
  --source-port-ranges '*' \
  --destination-asgs /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-web/providers/Microsoft.Network/applicationSecurityGroups/asg-web2 \
  --destination-port-ranges 443 \
  --description groups

# ~ update nsg-db/securityRules/any-case, mends intent.any-case
# any-case
az network nsg rule update \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name any-case \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-address-prefixes 10.0.0.0/8 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges 443

# ~ update nsg-db/securityRules/everything, mends intent.everything
# everything
az network nsg rule update \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name everything \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol '*' \
  --source-address-prefixes 10.0.0.0/8 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges '*' \
  --description everything

# ~ update nsg-db/securityRules/both-forms, mends intent.both-forms
# both-forms
az network nsg rule update \
  --subscription 00000000-0000-0000-0000-000000000000 \
  --resource-group rg-web \
  --nsg-name nsg-db \
  --name both-forms \
  --priority 200 \
  --direction Inbound \
  --access Allow \
  --protocol Tcp \
  --source-address-prefixes 10.0.0.0/8 11.0.0.0/8 \
  --source-port-ranges '*' \
  --destination-address-prefixes '*' \
  --destination-port-ranges 443 \
  --description both-forms
