#!/usr/bin/env bash
# The real `az` against a twin: login, lists, an IP flow, effective rules, changes of rules, NSGs, NICs, subnets and VMs.
# `python -m tests.interop az` installs az (700 MB) into a scratch folder and runs this:
#   tests/interop/az.sh AZ FLOWSPEC…
set -euo pipefail
cd "$(dirname "$0")/../.."
az=${1:-az}
shift || true
flowspec=("${@:-.venv/bin/flowspec}")
work=$(mktemp -d)
trap 'kill "$twin" 2>/dev/null; rm -rf "$work"' EXIT

"${flowspec[@]}" serve -i examples/shop/network --tls --ca "$work/ca.pem" --port 0 --retry-after 1 \
  >"$work/url" 2>"$work/told" &
twin=$!
for _ in $(seq 100); do [ -s "$work/url" ] && break; sleep 0.1; done
url=$(cat "$work/url")

export AZURE_CONFIG_DIR="$work/az" REQUESTS_CA_BUNDLE="$work/ca.pem"
export AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_ONLY_SHOW_ERRORS=true

failures=0
expect() { # expect TEXT COMMAND…: the output holds the text
  local text=$1
  shift
  local output
  output=$("$@" 2>&1) || true
  if grep -qF -- "$text" <<<"$output"; then
    echo "ok    ${*:2}"
  else
    echo "FAIL  ${*:2}: no '$text' in:"
    echo "$output"
    failures=$((failures + 1))
  fi
}

"$az" cloud register -n flowspec-twin --endpoint-resource-manager "$url"
"$az" cloud set -n flowspec-twin
expect '"state": "Enabled"' "$az" login --service-principal -u 00000000-0000-0000-0000-000000000001 -p dummy --tenant adfs

flow=(network watcher test-ip-flow -g rg-shop --vm vm-web-01 --nic nic-web-01 --direction Inbound --protocol TCP
  --local 10.20.1.4:8080 --remote 198.51.100.7:50000)
expect '"access": "Deny"' "$az" "${flow[@]}"
expect 'defaultSecurityRules/DenyAllInBound' "$az" "${flow[@]}"
expect '"name": "nsg-web"' "$az" network nsg list
expect '"name": "nsg-web"' "$az" network nsg show -g rg-shop -n nsg-web
expect 'nic-web-01' "$az" network nic list -g rg-shop -o table
expect '10.20.0.0/16' "$az" network vnet list -o json
expect 'vm-web-01' "$az" vm list -o table
expect 'rg-shop' "$az" group list -o table
expect 'securityRules/' "$az" network nic list-effective-nsg -g rg-shop -n nic-web-01
expect 'VnetLocal' "$az" network nic show-effective-route-table -g rg-shop -n nic-web-01
expect 'Internet' "$az" network watcher show-next-hop -g rg-shop --vm vm-web-01 --nic nic-web-01 --source-ip 10.20.1.4 --dest-ip 8.8.8.8

rule=(network nsg rule create -g rg-shop --nsg-name nsg-web -n let-in --direction Inbound --access Allow --protocol Tcp
  --source-address-prefixes 198.51.100.0/24 --destination-port-ranges 8080)
expect 'SecurityRuleInvalidPriority' "$az" "${rule[@]}" --priority 99
expect '"provisioningState": "Succeeded"' "$az" "${rule[@]}" --priority 300
expect 'securityRules/let-in' "$az" "${flow[@]}"
expect '' "$az" network nsg rule delete -g rg-shop --nsg-name nsg-web -n let-in
expect 'defaultSecurityRules/DenyAllInBound' "$az" "${flow[@]}"
expect 'ResourceNotFound' "$az" network nsg show -g rg-shop -n nsg-none

expect '"name": "vm-web-01"' "$az" resource list -n vm-web-01
expect '"length": 1' "$az" resource list -n vm-web-01 --query '{length: length(@)}'
expect 'nsg-web' "$az" resource list -g rg-shop --resource-type Microsoft.Network/networkSecurityGroups -o table
expect '"name": "nsg-web"' "$az" resource show -g rg-shop -n nsg-web --resource-type Microsoft.Network/networkSecurityGroups
expect '2024-05-01' "$az" provider show -n Microsoft.Network
watched=(--vm vm-web-01 -g rg-shop)
expect 'DefaultRule_DenyAllInBound' "$az" network watcher show-security-group-view "${watched[@]}"
expect '"associationType": "Contains"' "$az" network watcher show-topology -g rg-shop --location westeurope
expect 'NotImplemented' "$az" network watcher test-connectivity -g rg-shop --source-resource vm-web-01 --dest-address 8.8.8.8 --dest-port 443

expect '"provisioningState": "Succeeded"' "$az" network nsg create -g rg-shop -n nsg-new -l westeurope
expect 'nsg-new' "$az" network nic update -g rg-shop -n nic-web-01 --network-security-group nsg-new
expect 'InUseNetworkSecurityGroupCannotBeDeleted' "$az" network nsg delete -g rg-shop -n nsg-new
expect 'nsg-new' "$az" network vnet subnet update -g rg-shop --vnet-name vnet-shop -n "$("$az" network vnet subnet list \
  -g rg-shop --vnet-name vnet-shop --query '[0].name' -o tsv)" --network-security-group nsg-new
expect '' "$az" vm deallocate -g rg-shop -n vm-web-01
expect 'VMNotAllocated' "$az" "${flow[@]}"
expect '' "$az" vm start -g rg-shop -n vm-web-01
expect '"access"' "$az" "${flow[@]}"
query='{"query": "Resources | where type =~ \"Microsoft.Compute/virtualMachines\" | project name | order by name asc"}'
expect '"name": "vm-app-01"' "$az" rest --method post --body "$query" \
  --url "$url/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01" --resource "$url"

[ "$failures" = 0 ] && echo "az $("$az" version --query '"azure-cli"' -o tsv): all as expected"
exit "$failures"
