(component
  (import "wasi:cli/exit@0.2.12" (instance))
  (instance $nothing)
  (export "boxer:kernel/exit@0.1.0" (instance $nothing)))
