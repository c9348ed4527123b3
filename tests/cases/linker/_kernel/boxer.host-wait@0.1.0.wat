(component
  (import "wasi:io/poll@0.2.12" (instance))
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance))
  (instance $nothing)
  (export "boxer:kernel/wait@0.1.0" (instance $nothing))
  (export "boxer:kernel/wait-host@0.1.0" (instance $nothing)))
