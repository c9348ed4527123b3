;; A part that keeps a handle that was lent to it is stopped when it returns.
;;
;; call keep 0
;; expect trap borrows remain
(component
  (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "note" (func (param "n" u32)))
    (export "make" (func (result (own $r))))
    (export "use" (func (param "r" (borrow $r)) (result u32)))
    (export "take" (func (param "r" (own $r))))
    (export "both" (func (param "b" (borrow $r)) (param "o" (own $r))))))
  (component $keeper
    (import "r" (type $r (sub resource)))
    (core module $m (func (export "keep") (param i32)))
    (core instance $m (instantiate $m))
    (alias core export $m "keep" (core func $c))
    (func (export "keep") (param "r" (borrow $r)) (canon lift (core func $c))))
  (component $lender
    (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "note" (func (param "n" u32)))
    (export "make" (func (result (own $r))))
    (export "use" (func (param "r" (borrow $r)) (result u32)))
    (export "take" (func (param "r" (own $r))))
    (export "both" (func (param "b" (borrow $r)) (param "o" (own $r))))))
    (alias export $host "r" (type $r))
    (import "keep" (func $keep (param "r" (borrow $r))))
    (alias export $host "make" (func $make))
    (core func $make (canon lower (func $make)))
    (core func $keep (canon lower (func $keep)))
    (core module $m
      (import "" "make" (func $make (result i32)))
      (import "" "keep" (func $keep (param i32)))
      (func (export "keep") (param i32) (result i32) (call $keep (call $make)) (i32.const 7)))
    (core instance $m (instantiate $m (with "" (instance (export "make" (func $make)) (export "keep" (func $keep))))))
    (alias core export $m "keep" (core func $c))
    (func (export "keep") (param "n" u32) (result u32) (canon lift (core func $c))))
  (alias export $host "r" (type $r))
  (instance $keeper (instantiate $keeper (with "r" (type $r))))
  (alias export $keeper "keep" (func $keep))
  (instance $lender (instantiate $lender (with "host" (instance $host)) (with "keep" (func $keep))))
  (alias export $lender "keep" (func $run))
  (export "keep" (func $run)))
