(component
  (instance $nothing)
  (export "boxer:kernel/exit@0.1.0" (instance $nothing)))
