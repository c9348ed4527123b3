;; A call into a part that contains the caller traps.
;;
;; call run 0
;; expect trap enter
(component
  (component $outer
    (core module $p (func (export "f") (result i32) (i32.const 5)))
    (core instance $p (instantiate $p))
    (alias core export $p "f" (core func $cf))
    (func $f (result u32) (canon lift (core func $cf)))
    (component $inner
      (import "f" (func $f (result u32)))
      (core func $f (canon lower (func $f)))
      (core module $m (import "" "f" (func $f (result i32)))
        (func (export "run") (param i32) (result i32) (call $f)))
      (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
      (alias core export $m "run" (core func $c))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $c))))
    (instance $inner (instantiate $inner (with "f" (func $f))))
    (alias export $inner "run" (func $run))
    (export "run" (func $run)))
  (instance $outer (instantiate $outer))
  (alias export $outer "run" (func $run))
  (export "run" (func $run)))
