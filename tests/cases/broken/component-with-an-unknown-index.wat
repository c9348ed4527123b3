(component (export "run" (func 7)))
