(component
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance))
  (import "wasi:clocks/wall-clock@0.2.12" (instance))
  (instance $nothing)
  (export "boxer:kernel/clock@0.1.0" (instance $nothing)))
