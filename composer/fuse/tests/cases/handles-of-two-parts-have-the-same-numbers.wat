;; Each part counts its handles from 1, and takes the one freed last first.
;;
;; call a-make 0
;; call b-make 0
;; call a-make 0
;; call b-use 1
;; call a-use 2
;; call a-drop 1
;; call a-drop 2
;; call a-make 0
;; call a-use 2
;; call b-drop 1
;; expect 1
;; expect 1
;; expect 2
;; expect use 2
;; expect 2
;; expect use 3
;; expect 3
;; expect drop 1
;; expect 0
;; expect drop 3
;; expect 0
;; expect 2
;; expect use 4
;; expect 4
;; expect drop 2
;; expect 0
(component
  (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "note" (func (param "n" u32)))
    (export "make" (func (result (own $r))))
    (export "use" (func (param "r" (borrow $r)) (result u32)))
    (export "take" (func (param "r" (own $r))))
    (export "both" (func (param "b" (borrow $r)) (param "o" (own $r))))))
  (component $part
    (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "note" (func (param "n" u32)))
    (export "make" (func (result (own $r))))
    (export "use" (func (param "r" (borrow $r)) (result u32)))
    (export "take" (func (param "r" (own $r))))
    (export "both" (func (param "b" (borrow $r)) (param "o" (own $r))))))
    (alias export $host "r" (type $r))
    (alias export $host "note" (func $note))
(core func $note (canon lower (func $note)))
(alias export $host "make" (func $make))
(core func $make (canon lower (func $make)))
(alias export $host "use" (func $use))
(core func $use (canon lower (func $use)))
(alias export $host "take" (func $take))
(core func $take (canon lower (func $take)))
(alias export $host "both" (func $both))
(core func $both (canon lower (func $both)))
(core func $drop (canon resource.drop $r))

    (core module $m
      (import "" "note" (func $note (param i32)))
(import "" "make" (func $make (result i32)))
(import "" "use" (func $use (param i32) (result i32)))
(import "" "take" (func $take (param i32)))
(import "" "both" (func $both (param i32 i32)))
(import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $make))
      (func (export "use") (param i32) (result i32) (call $use (local.get 0)))
      (func (export "take") (param i32) (result i32) (call $take (local.get 0)) (i32.const 0))
      (func (export "both") (param i32) (result i32) (call $both (local.get 0) (local.get 0)) (i32.const 0))
      (func (export "drop") (param i32) (result i32) (call $drop (local.get 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance (export "note" (func $note)) (export "make" (func $make)) (export "use" (func $use)) (export "take" (func $take)) (export "both" (func $both)) (export "drop" (func $drop))))))
    (alias core export $m "make" (core func $c-make))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $c-make)))
    (alias core export $m "use" (core func $c-use))
    (func (export "use") (param "n" u32) (result u32) (canon lift (core func $c-use)))
    (alias core export $m "take" (core func $c-take))
    (func (export "take") (param "n" u32) (result u32) (canon lift (core func $c-take)))
    (alias core export $m "both" (core func $c-both))
    (func (export "both") (param "n" u32) (result u32) (canon lift (core func $c-both)))
    (alias core export $m "drop" (core func $c-drop))
    (func (export "drop") (param "n" u32) (result u32) (canon lift (core func $c-drop)))
)
  (instance $a (instantiate $part (with "host" (instance $host))))
  (instance $b (instantiate $part (with "host" (instance $host))))
  (alias export $a "make" (func $a-make))
  (export "a-make" (func $a-make))
  (alias export $a "use" (func $a-use))
  (export "a-use" (func $a-use))
  (alias export $a "take" (func $a-take))
  (export "a-take" (func $a-take))
  (alias export $a "both" (func $a-both))
  (export "a-both" (func $a-both))
  (alias export $a "drop" (func $a-drop))
  (export "a-drop" (func $a-drop))
  (alias export $b "make" (func $b-make))
  (export "b-make" (func $b-make))
  (alias export $b "use" (func $b-use))
  (export "b-use" (func $b-use))
  (alias export $b "take" (func $b-take))
  (export "b-take" (func $b-take))
  (alias export $b "both" (func $b-both))
  (export "b-both" (func $b-both))
  (alias export $b "drop" (func $b-drop))
  (export "b-drop" (func $b-drop))
)
