(component
  (import "acme:left/it@1.0.0" (instance (export "get" (func (result u32)))))
  (import "acme:base/it@1.0.0" (instance (export "get" (func (result u32)))))
  (core module $m (func (export "get") (result i32) i32.const 7))
  (core instance $i (instantiate $m))
  (func $get (result u32) (canon lift (core func $i "get")))
  (instance $it (export "get" (func $get)))
  (export "acme:right/it@1.0.0" (instance $it)))
