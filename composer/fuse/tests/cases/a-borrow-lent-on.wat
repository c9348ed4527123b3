;; A handle that was lent can be lent on, and is given back by both.
;;
;; call run 0
;; call run 0
;; expect use 1
;; expect drop 1
;; expect 1
;; expect use 2
;; expect drop 2
;; expect 2
(component
  (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "note" (func (param "n" u32)))
    (export "make" (func (result (own $r))))
    (export "use" (func (param "r" (borrow $r)) (result u32)))
    (export "take" (func (param "r" (own $r))))
    (export "both" (func (param "b" (borrow $r)) (param "o" (own $r))))))
  (component $second
    (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "note" (func (param "n" u32)))
    (export "make" (func (result (own $r))))
    (export "use" (func (param "r" (borrow $r)) (result u32)))
    (export "take" (func (param "r" (own $r))))
    (export "both" (func (param "b" (borrow $r)) (param "o" (own $r))))))
    (alias export $host "r" (type $r))
    (alias export $host "use" (func $use))
    (core func $use (canon lower (func $use)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "use" (func $use (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "f") (param i32) (result i32)
        (call $use (local.get 0)) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance (export "use" (func $use)) (export "drop" (func $drop))))))
    (alias core export $m "f" (core func $c))
    (func (export "f") (param "r" (borrow $r)) (result u32) (canon lift (core func $c))))
  (component $first
    (import "r" (type $r (sub resource)))
    (import "f" (func $f (param "r" (borrow $r)) (result u32)))
    (core func $f (canon lower (func $f)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "f" (func $f (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "f") (param i32) (result i32)
        (call $f (local.get 0)) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f)) (export "drop" (func $drop))))))
    (alias core export $m "f" (core func $c))
    (func (export "f") (param "r" (borrow $r)) (result u32) (canon lift (core func $c))))
  (component $lender
    (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "note" (func (param "n" u32)))
    (export "make" (func (result (own $r))))
    (export "use" (func (param "r" (borrow $r)) (result u32)))
    (export "take" (func (param "r" (own $r))))
    (export "both" (func (param "b" (borrow $r)) (param "o" (own $r))))))
    (alias export $host "r" (type $r))
    (import "f" (func $f (param "r" (borrow $r)) (result u32)))
    (alias export $host "make" (func $make))
    (core func $make (canon lower (func $make)))
    (core func $f (canon lower (func $f)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "make" (func $make (result i32)))
      (import "" "f" (func $f (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (param i32) (result i32)
        (local.set 0 (call $make)) (call $f (local.get 0)) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance (export "make" (func $make)) (export "f" (func $f)) (export "drop" (func $drop))))))
    (alias core export $m "run" (core func $c))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $c))))
  (alias export $host "r" (type $r))
  (instance $second (instantiate $second (with "host" (instance $host))))
  (alias export $second "f" (func $f2))
  (instance $first (instantiate $first (with "r" (type $r)) (with "f" (func $f2))))
  (alias export $first "f" (func $f1))
  (instance $lender (instantiate $lender (with "host" (instance $host)) (with "f" (func $f1))))
  (alias export $lender "run" (func $run))
  (export "run" (func $run)))
