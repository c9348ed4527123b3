;; A component is given another and instantiates it; a core module comes from an outer scope.
;;
;; call run 20
;; expect 42
(component
  (core module $shared
    (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
  (component $maker
    (import "what" (component $what (export "f" (func (param "n" u32) (result u32)))))
    (instance $made (instantiate $what))
    (alias export $made "f" (func $f))
    (export "f" (func $f)))
  (component $doubler
    (core instance $i (instantiate $shared))
    (alias core export $i "twice" (core func $c))
    (func (export "f") (param "n" u32) (result u32) (canon lift (core func $c))))
  (component $user
    (import "f" (func $f (param "n" u32) (result u32)))
    (core func $f (canon lower (func $f)))
    (core module $m (import "" "f" (func $f (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 2))))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
    (alias core export $m "run" (core func $c))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $c))))
  (instance $made (instantiate $maker (with "what" (component $doubler))))
  (alias export $made "f" (func $f))
  (instance $user (instantiate $user (with "f" (func $f))))
  (alias export $user "run" (func $run))
  (export "run" (func $run)))
