(component
  (import "boxer:kernel/clock@0.1.0" (instance))
  (import "boxer:kernel/image@0.1.0" (instance))
  (import "boxer:kernel/config@0.1.0" (instance))
  (import "wasi:filesystem/types@0.2.12" (instance))
  (import "wasi:filesystem/preopens@0.2.12" (instance))
  (import "wasi:io/streams@0.2.12" (instance))
  (instance $nothing)
  (export "boxer:kernel/vfs@0.1.0" (instance $nothing)))
