;; as a dependency
(component
  (import "acme:lib/it@1.0.0" (instance $it (export "get" (func (result u32)))))
  (export "acme:lib/it@1.0.0" (instance $it)))
