;; Two instances of a component count apart; two users of one instance count together.
;;
;; call x 0
;; call x 0
;; call y 0
;; call z 0
;; call y 0
;; expect 1
;; expect 2
;; expect 1
;; expect 3
;; expect 2
(component
  (component $counter
    (core module $m (global $n (mut i32) (i32.const 0))
      (func (export "up") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
    (core instance $m (instantiate $m))
    (alias core export $m "up" (core func $c))
    (func (export "up") (result u32) (canon lift (core func $c))))
  (component $user
    (import "up" (func $up (result u32)))
    (core func $up (canon lower (func $up)))
    (core module $m (import "" "up" (func $up (result i32)))
      (func (export "run") (param i32) (result i32) (call $up)))
    (core instance $m (instantiate $m (with "" (instance (export "up" (func $up))))))
    (alias core export $m "run" (core func $c))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $c))))
  (instance $one (instantiate $counter))
  (instance $two (instantiate $counter))
  (alias export $one "up" (func $up1))
  (alias export $two "up" (func $up2))
  (instance $x (instantiate $user (with "up" (func $up1))))
  (instance $y (instantiate $user (with "up" (func $up2))))
  (instance $z (instantiate $user (with "up" (func $up1))))
  (alias export $x "run" (func $xr)) (export "x" (func $xr))
  (alias export $y "run" (func $yr)) (export "y" (func $yr))
  (alias export $z "run" (func $zr)) (export "z" (func $zr))
)
