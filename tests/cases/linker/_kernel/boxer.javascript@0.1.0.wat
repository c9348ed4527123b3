(component
  (import "wasi:cli/environment@0.2.12" (instance))
  (import "wasi:filesystem/types@0.2.12" (instance))
  (instance $nothing)
  (export "wasi:cli/run@0.2.12" (instance $nothing)))
