;; what is inside a component, without the component
(module
  (import "wasi:cli/environment@0.2.0" "get-environment" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
