(component
  (import "wasi:random/random@0.2.12" (instance))
  (instance $nothing)
  (export "boxer:kernel/random@0.1.0" (instance $nothing)))
