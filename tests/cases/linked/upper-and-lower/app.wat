;; imports one structure twice, under names of its own
(component
  (import "upper" (instance $upper (export "bump" (func (result u32)))))
  (import "lower" (instance $lower (export "bump" (func (result u32)))))
  (core module $m
    (import "" "upper-bump" (func $upper-bump (result i32)))
    (import "" "lower-bump" (func $lower-bump (result i32)))
    ;; 0 is success
    (func (export "run") (result i32)
      (i32.or
        (i32.ne (call $upper-bump) (i32.const 1))
        (i32.ne (call $lower-bump) (i32.const 11)))))
  (core func $upper-bump (canon lower (func $upper "bump")))
  (core func $lower-bump (canon lower (func $lower "bump")))
  (core instance $i (instantiate $m (with "" (instance (export "upper-bump" (func $upper-bump)) (export "lower-bump" (func $lower-bump))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))
