;; imports the same structure twice, under names of its own
(component
  (import "upper" (instance (export "get" (func (result u32)))))
  (import "acme:overlay/lower" (instance $lower (export "get" (func (result u32)))))
  (export "boxer:kernel/vfs@0.1.0" (instance $lower)))
