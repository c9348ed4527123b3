;; counts how often it was asked
(component
  (core module $m
    (global $count (mut i32) (i32.const 0))
    (func (export "bump") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count)))
  (core instance $i (instantiate $m))
  (func $bump (result u32) (canon lift (core func $i "bump")))
  (instance $it (export "bump" (func $bump)))
  (export "acme:base/counter@1.0.0" (instance $it)))
