"""The command, run in this process, and a strict reader of JSON."""

import inspect
import json

from click.testing import CliRunner

from fitkit.cli import main


def fitkit(*arguments):
    """``fitkit("fit", "log_decay", path)`` -> exit_code, stdout, stderr; an exception that escapes is a failure."""
    # click before 8.2 mixes the two streams unless told
    runner = CliRunner(mix_stderr=False) if "mix_stderr" in inspect.signature(CliRunner).parameters else CliRunner()
    done = runner.invoke(main, [str(one) for one in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def strict(text):
    """JSON without NaN and Infinity, one document and nothing else."""
    def refuse(word):
        raise AssertionError(f"{word} in JSON")

    return json.loads(text, parse_constant=refuse)
