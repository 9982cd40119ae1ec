"""One flow, or many, asked and answered as Network Watcher's ipFlowVerify does (azure.md B1)."""
