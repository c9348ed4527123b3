;; both sides ask one counter
(component
  (import "acme:left/counter@1.0.0" (instance $left (export "bump" (func (result u32)))))
  (import "acme:right/counter@1.0.0" (instance $right (export "bump" (func (result u32)))))
  (core module $m
    (import "" "left" (func $left (result i32)))
    (import "" "right" (func $right (result i32)))
    ;; 0 is success
    (func (export "run") (result i32)
      (i32.or
        (i32.ne (call $left) (i32.const 1))
        (i32.ne (call $right) (i32.const 2)))))
  (core func $left (canon lower (func $left "bump")))
  (core func $right (canon lower (func $right "bump")))
  (core instance $i (instantiate $m (with "" (instance (export "left" (func $left)) (export "right" (func $right))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))
