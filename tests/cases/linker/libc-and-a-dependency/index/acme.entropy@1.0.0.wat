(component
  (instance $nothing)
  (export "wasi:random/random@0.2.3" (instance $nothing)))
