;; as a dependency
(component
  (core module $m (func (export "get") (result i32) i32.const 7))
  (core instance $i (instantiate $m))
  (func $get (result s32) (canon lift (core func $i "get")))
  (instance $it (export "get" (func $get)))
  (export "acme:lib/it@1.0.0" (instance $it)))
