(component
  (instance $nothing)
  (export "boxer:kernel/wait@0.1.0" (instance $nothing)))
