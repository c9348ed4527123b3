(component
  (instance $nothing)
  (export "boxer:kernel/console@0.1.0" (instance $nothing)))
