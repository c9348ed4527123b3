(component
  (instance $nothing)
  (export "boxer:kernel/net@0.1.0" (instance $nothing)))
