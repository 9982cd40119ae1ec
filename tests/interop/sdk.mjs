// Azure's JavaScript SDK against a twin: `node sdk.mjs URL`, with NODE_EXTRA_CA_CERTS. Logs in as a workload does.
import { NetworkManagementClient } from "@azure/arm-network";
import { ClientSecretCredential } from "@azure/identity";

const url = process.argv[2];
const subscription = "00000000-0000-0000-0000-000000000000";
const [group, watcher] = ["rg-shop", ["NetworkWatcherRG", "NetworkWatcher_westeurope"]];
const vm = `/subscriptions/${subscription}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/vm-web-01`;

const credential = new ClientSecretCredential("00000000-0000-0000-0000-000000000002", "client", "dummy", {
  authorityHost: url,
  disableInstanceDiscovery: true,
});
const client = new NetworkManagementClient(credential, subscription, {
  endpoint: url,
  credentialScopes: [`${url}/.default`],
});
const soon = { updateIntervalInMs: 200 };

let failures = 0;
function expect(what, found, wanted) {
  const good = JSON.stringify(found) === JSON.stringify(wanted);
  failures += good ? 0 : 1;
  console.log(good ? `ok    ${what}` : `FAIL  ${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}
async function codeOf(call) {
  try {
    await call();
    return "no error";
  } catch (error) {
    return `${error.statusCode} ${error.code}`;
  }
}
async function flow(changed = {}) {
  const body = {
    targetResourceId: vm,
    direction: "Inbound",
    protocol: "TCP",
    localPort: "8080",
    remotePort: "50000",
    localIPAddress: "10.20.1.4",
    remoteIPAddress: "198.51.100.7",
    ...changed,
  };
  return (await client.networkWatchers.beginVerifyIPFlowAndWait(...watcher, body, soon)).ruleName;
}

expect("ipFlowVerify", await flow(), "defaultSecurityRules/DenyAllInBound");
expect("a bad request", await codeOf(() => flow({ localPort: "99999" })), "400 InvalidParameter");
expect("no such VM", await codeOf(() => flow({ targetResourceId: `${vm}x` })), "412 NoMatchingResource");

const names = [];
for await (const nic of client.networkInterfaces.listAll()) names.push(nic.name);
expect("lists", names, ["nic-app-01", "nic-app-02", "nic-db-01", "nic-web-01", "nic-web-02"]);

const rule = {
  priority: 300,
  direction: "Inbound",
  access: "Allow",
  protocol: "Tcp",
  sourceAddressPrefix: "198.51.100.0/24",
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "8080",
};
const made = await client.securityRules.beginCreateOrUpdateAndWait(group, "nsg-web", "let-in", rule, soon);
expect("a rule is made", [made.name, made.provisioningState], ["let-in", "Succeeded"]);
expect("and counts", await flow(), "securityRules/let-in");
await client.securityRules.beginDeleteAndWait(group, "nsg-web", "let-in", soon);
expect("and is deleted", await flow(), "defaultSecurityRules/DenyAllInBound");

const opened = await client.networkSecurityGroups.beginCreateOrUpdateAndWait(
  group,
  "nsg-new",
  { location: "westeurope", securityRules: [{ name: "web", ...rule }] },
  soon,
);
expect("an NSG is made", [opened.name, opened.securityRules.length], ["nsg-new", 1]);
const nic = await client.networkInterfaces.get(group, "nic-web-01");
await client.networkInterfaces.beginCreateOrUpdateAndWait(
  group,
  "nic-web-01",
  { ...nic, networkSecurityGroup: { id: opened.id } },
  soon,
);
expect(
  "it is in use",
  await codeOf(() => client.networkSecurityGroups.beginDeleteAndWait(group, "nsg-new", soon)),
  "400 InUseNetworkSecurityGroupCannotBeDeleted",
);
const effective = await client.networkInterfaces.beginListEffectiveNetworkSecurityGroupsAndWait(group, "nic-web-01", soon);
expect("effective rules", effective.value[0].networkSecurityGroup.id, opened.id);
const topology = await client.networkWatchers.getTopology(...watcher, { targetResourceGroupName: group });
expect("topology", topology.resources.some((one) => one.name === "vm-web-01"), true);
const view = await client.networkWatchers.beginGetVMSecurityRulesAndWait(...watcher, { targetResourceId: vm }, soon);
expect("securityGroupView", view.networkInterfaces.length, 1);

console.log(`${failures} failures`);
process.exit(failures);
