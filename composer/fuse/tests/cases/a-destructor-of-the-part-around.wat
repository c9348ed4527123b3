;; A part defines a resource and hands its type to the part within it. What that one
;; drops is destroyed by the one around, though it may not be called from within.
;;
;; run: dropped by the part within
;; call drop 5
;; expect destroyed 5
;; expect 0
;;
;; run: dropped by the part around
;; call around 6
;; expect destroyed 6
;; expect 6
(component
  (import "host" (instance $host (export "destroyed" (func (param "n" u32)))))
  (component $outer
    (import "host" (instance $host (export "destroyed" (func (param "n" u32)))))
    (core func $destroyed (canon lower (func $host "destroyed")))
    (core module $d
      (import "" "destroyed" (func $destroyed (param i32)))
      (func (export "dtor") (param i32) (call $destroyed (local.get 0))))
    (core instance $d (instantiate $d
      (with "" (instance (export "destroyed" (func $destroyed))))))
    (type $r (resource (rep i32) (dtor (func $d "dtor"))))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core module $p
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "around") (param i32) (result i32)
        (call $drop (call $new (local.get 0))) (local.get 0)))
    (core instance $p (instantiate $p (with "" (instance
      (export "new" (func $new)) (export "drop" (func $drop))))))
    (func $make (param "n" u32) (result (own $r)) (canon lift (core func $p "make")))
    (component $inner
      (import "r" (type $r (sub resource)))
      (core func $drop (canon resource.drop $r))
      (core module $m (import "" "drop" (func $drop (param i32)))
        (func (export "drop") (param i32) (result i32) (call $drop (local.get 0)) (i32.const 0)))
      (core instance $m (instantiate $m (with "" (instance (export "drop" (func $drop))))))
      (func (export "drop") (param "r" (own $r)) (result u32) (canon lift (core func $m "drop"))))
    (instance $inner (instantiate $inner (with "r" (type $r))))
    (export $rx "r" (type $r))
    (export "make" (func $make) (func (param "n" u32) (result (own $rx))))
    (export "drop" (func $inner "drop") (func (param "r" (own $rx)) (result u32)))
    (func (export "around") (param "n" u32) (result u32) (canon lift (core func $p "around"))))
  (component $user
    (import "o" (instance $o
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))
      (export "drop" (func (param "r" (own $r)) (result u32)))))
    (core func $make (canon lower (func $o "make")))
    (core func $drop (canon lower (func $o "drop")))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32) (result i32)))
      (func (export "drop") (param i32) (result i32) (call $drop (call $make (local.get 0)))))
    (core instance $m (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "drop" (func $drop))))))
    (func (export "drop") (param "n" u32) (result u32) (canon lift (core func $m "drop"))))
  (instance $outer (instantiate $outer (with "host" (instance $host))))
  (instance $user (instantiate $user (with "o" (instance $outer))))
  (export "drop" (func $user "drop"))
  (export "around" (func $outer "around")))
