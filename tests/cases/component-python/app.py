"""Runs modules of CPython's own tests and tells how each test ended, a line for each."""

import importlib
import os
import sys
import sysconfig
import traceback
import unittest

from wit_world import exports

# What the build of this interpreter left here is no list of shell words, which the tests
# take it for.
sysconfig.get_config_vars()["CONFIG_ARGS"] = ""


class Result(unittest.TestResult):
    """How each test ended, its name, and the last line of why."""

    def tell(self, verdict, test, why=""):
        lines = str(why).strip().splitlines() or [""]
        print(verdict, test.id().removeprefix("test."), lines[-1][:200], sep="\t", flush=True)

    def failed(self, test, error):
        self.tell("fail", test, "".join(traceback.format_exception(*error)))

    addError = addFailure = failed

    def addSuccess(self, test):
        self.tell("pass", test)

    def addExpectedFailure(self, test, error):
        self.tell("pass", test)

    def addUnexpectedSuccess(self, test):
        self.tell("fail", test, "an unexpected success")

    def addSkip(self, test, reason):
        self.tell("skip", test, reason)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.failed(test, error)


class Run(exports.Run):
    def run(self):
        # The library that was there when this was made is not there any more; another one
        # is in its place.
        sys.path[:] = ["/python"]
        sys.path_importer_cache.clear()
        importlib.invalidate_caches()
        os.environ["TMPDIR"] = "/tmp"
        os.chdir("/tmp")
        for name in sys.argv[1:]:
            unittest.defaultTestLoader.loadTestsFromName("test." + name).run(Result())
        print("done")
