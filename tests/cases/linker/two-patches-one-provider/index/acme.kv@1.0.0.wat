(component
  (core module $m
    (func (export "get") (result i32) i32.const 7)
    (func (export "put") (param i32)))
  (core instance $i (instantiate $m))
  (func $get (result u32) (canon lift (core func $i "get")))
  (func $put (param "value" u32) (canon lift (core func $i "put")))
  (instance $it (export "get" (func $get)) (export "put" (func $put)))
  (export "acme:kv/store@0.2.12" (instance $it)))
