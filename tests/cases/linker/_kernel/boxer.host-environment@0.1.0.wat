(component
  (import "wasi:cli/environment@0.2.12" (instance))
  (import "boxer:kernel/config@0.1.0" (instance))
  (instance $nothing)
  (export "boxer:kernel/environment@0.1.0" (instance $nothing)))
