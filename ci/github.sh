#!/usr/bin/env bash
# What action.yml runs: flowspec, as the action's own commit has it, and its reports where the next steps find them.
# Ends as flowspec does. It reads FLOWSPEC_BIN, where flowspec is installed, FLOWSPEC_COMMAND and FLOWSPEC_ARGUMENTS,
# and what GitHub sets.
set -euo pipefail

if [[ ! $FLOWSPEC_COMMAND =~ ^(plan|diff)$ ]]; then
  echo "The input command is plan or diff."
  exit 1
fi

place=$(mktemp -d "$RUNNER_TEMP/flowspec-XXXXXX")
reports=$place/reports
mkdir "$reports"

split='import os, shlex, sys
for word in shlex.split(os.environ["FLOWSPEC_ARGUMENTS"], comments=True): sys.stdout.write(word + "\0")'
"$FLOWSPEC_BIN/python" -c "$split" > "$place/arguments" # a quote that is not closed ends the step here
arguments=()
while IFS= read -r -d '' word; do arguments+=("$word"); done < "$place/arguments"

code=0
"$FLOWSPEC_BIN/flowspec" "$FLOWSPEC_COMMAND" ${arguments[@]+"${arguments[@]}"} -o github -o "markdown=$reports/comment.md" \
  -o "step-summary=$place/summary.md" -o "sarif=$reports/flowspec.sarif" -o "junit=$reports/flowspec.xml" || code=$?

if [[ -e $place/summary.md ]]; then
  cat "$place/summary.md" >> "$GITHUB_STEP_SUMMARY"
else
  echo "## ✗ flowspec: no verdict, it ended with exit code $code; the log of the step says why" |
    tee "$reports/comment.md" >> "$GITHUB_STEP_SUMMARY"
fi
{
  echo "exit-code=$code"
  echo "reports=$reports"
} >> "$GITHUB_OUTPUT"
exit "$code"
