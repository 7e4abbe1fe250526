"""The command, run in this process: ``fitkit("fit", "log_decay", path)`` -> exit code, stdout, stderr."""

import inspect
import json

import pytest
from click.testing import CliRunner

from fitkit.cli import main


@pytest.fixture
def fitkit():
    # click before 8.2 mixes the two streams unless told
    runner = CliRunner(mix_stderr=False) if "mix_stderr" in inspect.signature(CliRunner).parameters else CliRunner()

    def run(*arguments):
        done = runner.invoke(main, [str(one) for one in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


@pytest.fixture
def strict():
    """Reads JSON without NaN and Infinity, one document and nothing else."""
    def refuse(word):
        raise AssertionError(f"{word} in JSON")

    return lambda text: json.loads(text, parse_constant=refuse)
