"use strict";

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

/** Starts `flowspec lsp`, as the settings name it. */
async function activate() {
  const settings = workspace.getConfiguration("flowspec");
  const folder = workspace.workspaceFolders?.[0];
  const run = {
    command: settings.get("path"),
    args: ["lsp", ...settings.get("arguments")],
    options: folder?.uri.scheme === "file" ? { cwd: folder.uri.fsPath } : {},
  };
  const documentSelector = [
    { scheme: "file", language: "flowspec" },
    { scheme: "file", language: "json", pattern: "**/*.flow.json" },
  ];
  client = new LanguageClient("flowspec", "flowspec", run, { documentSelector });
  await client.start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
