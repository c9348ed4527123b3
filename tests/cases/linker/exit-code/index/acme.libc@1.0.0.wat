(component
  (core module $m (func (export "exit") (param i32)))
  (core instance $i (instantiate $m))
  (func $exit (param "status-code" u8) (canon lift (core func $i "exit")))
  (instance $it (export "exit-with-code" (func $exit)))
  (export "wasi:cli/exit@0.2.12" (instance $it)))
