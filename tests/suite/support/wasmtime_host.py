"""Runs a command of WASI 0.2 under the wasmtime package of PyPI.

    wasmtime_host.py [--no-wasi] FILE [ARGUMENT...]

The standard streams are passed through, nothing else of the machine is given.
With --no-wasi the host has no WASI at all: FILE may import nothing.
The exit status is the command's.
"""

import os
import sys

from wasmtime import Engine, ExitTrap, Store, WasiConfig
from wasmtime.component import Component, Linker


def main(arguments):
    bare = arguments[0] == "--no-wasi"
    file, *rest = arguments[bare:]
    engine = Engine()
    store = Store(engine)
    linker = Linker(engine)
    if not bare:
        wasi = WasiConfig()
        wasi.argv = [os.path.basename(file), *rest]
        wasi.inherit_stdin()
        wasi.inherit_stdout()
        wasi.inherit_stderr()
        store.set_wasi(wasi)
        linker.add_wasip2()
    component = Component.from_file(engine, file)
    instance = linker.instantiate(store, component)
    # Names match by semver: 0.2.0 finds what is exported at any 0.2 patch.
    interface = instance.get_export_index(store, "wasi:cli/run@0.2.0")
    if interface is None:
        sys.exit(f"{file} does not export wasi:cli/run")
    command = instance.get_func(store, instance.get_export_index(store, "run", interface))
    try:
        result = command(store)
    except ExitTrap as exit:
        return exit.code
    return 0 if result is None or getattr(result, "tag", "ok") == "ok" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
