(component
  (import "boxer:kernel/config@0.1.0" (instance))
  (instance $nothing)
  (export "boxer:kernel/clock@0.1.0" (instance $nothing)))
