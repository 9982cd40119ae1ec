"""Mistakes in the command line: exit codes, and what is written over what."""

from __future__ import annotations

from tests.mutations.mutation import planted

PLAN = "tests/cli/test_plan.py"
SAVED = "tests/cli/test_saved.py"
SYSTEM = "tests/cli/test_system.py"
OVERLAPS = "tests/cli/test_overlaps.py"
USAGE = "tests/cli/test_usage.py"
VALIDATE = "tests/cli/test_validate.py"
VERIFY = "tests/cli/test_verify.py"
SHARDS = "tests/cli/test_shards.py"
DIFF = "tests/cli/test_diff.py"
LIVE = "tests/azure/test_cli_live.py"

MISTAKES = (
    planted(
        "cli: a watched network is not read again when it changed",
        "cli/watching.py",
        "or times_of(self.files()) != self._times:",
        ":",
        "tests/cli/test_watch.py",
    ),
    planted(
        "cli: a mistake in a watched spec ends the watch",
        "cli/watching.py",
        "                except FlowspecError as error:\n                    tell",
        "                except BlockingIOError as error:\n                    tell",
        "tests/cli/test_watch.py",
    ),
    planted(
        "cli: an intent in error is drift",
        "cli/planning.py",
        "    if report.errored or report.summary.errored:\n",
        "    if report.errored and report.summary.intents < 0:\n",
        PLAN,
    ),
    planted(
        "cli: unknown is as wished",
        "cli/planning.py",
        'intent.status != "satisfied" and',
        'intent.status == "drifted" and',
        PLAN,
    ),
    planted(
        "cli: a warning fails as an error", "cli/planning.py", ".index(fail_on) + 1]", ".index(fail_on) + 2]", PLAN
    ),
    planted("cli: an error does not fail", "cli/planning.py", ".index(fail_on) + 1]", ".index(fail_on)]", PLAN),
    planted(
        "cli: what the gate says is left out",
        "cli/planning.py",
        "    if verified is not Code.AS_WISHED:\n",
        "    if verified is Code.AS_WISHED:\n",
        LIVE,
    ),
    planted(
        "cli: a plan in error saved",
        "cli/planning.py",
        "if not (failed and o.file and o.file == out)",
        "if o",
        f"{SHARDS}::test_an_intent_in_error_is_merged_from_a_report_and_never_saved",
    ),
    planted(
        "cli: shard 0 of 4",
        "cli/planning.py",
        "if not 1 <= number <= of:",
        "if not 0 <= number <= of:",
        f"{USAGE}::test_a_usage_error_is_an_error_and_not_drift",
    ),
    planted(
        "cli: a flow that can't be known is 0",
        "cli/verifying.py",
        'Code.DIFFERENT if answer.access == "Unknown"',
        'Code.AS_WISHED if answer.access == "Unknown"',
        VERIFY,
    ),
    planted(
        "cli: a difference is 0",
        "cli/differing.py",
        "Code.AS_WISHED if is_as_wished(found) else Code.DIFFERENT",
        "Code.AS_WISHED",
        DIFF,
    ),
    planted(
        "cli: two empty networks are the same",
        "cli/differing.py",
        "if not _holds_something(old) and not",
        "if old is new and not",
        DIFF,
    ),
    planted(
        "cli: a spec with faults is valid",
        "cli/validating.py",
        "    if not validation.valid:\n",
        "    if validation is None:\n",
        VALIDATE,
    ),
    planted(
        "cli: a file is read and written",
        "cli/overlaps.py",
        "        if key in read:\n",
        "        if key in written and key in read:\n",
        f"{OVERLAPS}::test_a_file_is_not_written_over_another",
    ),
    planted(
        "cli: a file is written twice",
        "cli/overlaps.py",
        "        if key in written:\n",
        "        if key in written and key in read:\n",
        f"{OVERLAPS}::test_a_file_is_not_written_over_another",
    ),
    planted(
        "cli: standard output is overwritten",
        "cli/overlaps.py",
        "if key == _standard_output():",
        'if key == "":',
        f"{OVERLAPS}::test_standard_output_is_an_output",
    ),
    planted(
        "cli: a device replaced by a file",
        "cli/outputs.py",
        "return not stat.S_ISREG(path.stat().st_mode)",
        "return path.is_dir()",
        f"{SAVED}::test_a_device_is_written_to_and_not_replaced",
    ),
    planted(
        "cli: a file of another mode",
        "cli/outputs.py",
        "    draft.chmod(mode)\n",
        "    draft.chmod(0o600)\n",
        f"{SAVED}::test_a_file_is_replaced_whole_and_keeps_its_mode",
    ),
    planted(
        "cli: nohup not heeded",
        "cli/system.py",
        "signal.getsignal(number) == signal.SIG_DFL:",
        "signal.getsignal(number) != signal.SIG_BLOCK:",
        f"{SYSTEM}::test_nohup_is_heeded",
    ),
    planted(
        "cli: a signal's end by another code",
        "cli/system.py",
        "self.code = 128 + number",
        "self.code = number",
        f"{SYSTEM}::test_a_signal_leaves_no_draft",
    ),
    planted(
        "cli: a usage error is drift",
        "cli/app.py",
        "        _tell_usage(error)\n",
        "        _tell_usage(error)\n        return Code.DIFFERENT\n",
        f"{USAGE}::test_a_usage_error_is_an_error_and_not_drift",
    ),
    planted(
        "cli: what was typed acts on the terminal",
        "cli/terminal.py",
        "    tell_drawn(visible(text))\n",
        "    tell_drawn(text)\n",
        f"{USAGE}::test_a_message_about_what_was_typed_does_not_act_on_the_terminal",
        f"{SAVED}::test_a_path_does_not_act_on_the_terminal",
    ),
    planted(
        "cli: colour into a pipe",
        "cli/terminal.py",
        "return is_interactive(stream) and not plain",
        "return not plain",
        f"{SAVED}::test_a_pipe_gets_no_colour_whatever_the_environment_forces",
    ),
    planted(
        "cli: a full disk is no error",
        "cli/terminal.py",
        "    except OSError as error:\n        _lead_nowhere(sys.stdout)\n        raise",
        "    except OSError as error:\n        _lead_nowhere(sys.stdout)\n        return\n        raise",
        f"{SAVED}::test_a_full_disk_is_an_error",
        f"{SYSTEM}::test_a_full_disk_under_what_is_asked_for",
    ),
)
