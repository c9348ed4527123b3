(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "log") (param i32 i32)))
  (core instance $i (instantiate $m))
  (func (export "log") (param "line" string)
    (canon lift (core func $i "log") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
