;; one question on top is four at the bottom
(component
  (import "acme:base/counter@1.0.0" (instance $counter (export "bump" (func (result u32)))))
  (core module $m
    (import "" "bump" (func $bump (result i32)))
    ;; 0 is success
    (func (export "run") (result i32)
      (i32.ne (call $bump) (i32.const 4))))
  (core func $bump (canon lower (func $counter "bump")))
  (core instance $i (instantiate $m (with "" (instance (export "bump" (func $bump))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))
