;; two versions of one interface are one counter
(component
  (import "acme:base/counter@1.0.0" (instance $old (export "bump" (func (result u32)))))
  (import "acme:base/counter@1.2.0" (instance $new (export "bump" (func (result u32)))))
  (core module $m
    (import "" "old-bump" (func $old-bump (result i32)))
    (import "" "new-bump" (func $new-bump (result i32)))
    ;; 0 is success
    (func (export "run") (result i32)
      (i32.or
        (i32.ne (call $old-bump) (i32.const 1))
        (i32.ne (call $new-bump) (i32.const 2)))))
  (core func $old-bump (canon lower (func $old "bump")))
  (core func $new-bump (canon lower (func $new "bump")))
  (core instance $i (instantiate $m (with "" (instance (export "old-bump" (func $old-bump)) (export "new-bump" (func $new-bump))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))
