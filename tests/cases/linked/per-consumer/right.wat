;; asks the counter for whoever asks it
(component
  (import "acme:base/counter@1.0.0" (instance $counter (export "bump" (func (result u32)))))
  (core module $m
    (import "" "bump" (func $bump (result i32)))
    (func (export "bump") (result i32) call $bump))
  (core func $below (canon lower (func $counter "bump")))
  (core instance $i (instantiate $m (with "" (instance (export "bump" (func $below))))))
  (func $bump (result u32) (canon lift (core func $i "bump")))
  (instance $it (export "bump" (func $bump)))
  (export "acme:right/counter@1.0.0" (instance $it)))
