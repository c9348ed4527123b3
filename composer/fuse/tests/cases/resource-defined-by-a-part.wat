;; A part defines a resource; another makes, uses and drops it; a third gets it
;; handed over. The destructor runs once, and handles are numbered from 1.
;;
;; call make 70
;; call make 80
;; call get 1
;; call get 2
;; call drop 1
;; call make 90
;; call get 1
;; call hand-over 2
;; call get 2
;; expect 1
;; expect 2
;; expect 70
;; expect 80
;; expect note 1070
;; expect ()
;; expect 1
;; expect 90
;; expect note 80
;; expect note 1080
;; expect ()
;; expect trap handle
(component
  (import "host" (instance $host (export "note" (func (param "n" u32)))))
  (component $definer
    (import "host" (instance $host (export "note" (func (param "n" u32)))))
    (alias export $host "note" (func $note))
    (core func $note (canon lower (func $note)))
    (core module $dtor
      (import "" "note" (func $note (param i32)))
      (func (export "dtor") (param i32)
        (call $note (i32.add (local.get 0) (i32.const 1000)))))
    (core instance $dtor (instantiate $dtor (with "" (instance (export "note" (func $note))))))
    (alias core export $dtor "dtor" (core func $dtor))
    (type $r (resource (rep i32) (dtor (core func $dtor))))
    (core func $new (canon resource.new $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "get") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (alias core export $m "make" (core func $make))
    (alias core export $m "get" (core func $get))
    (export $rx "r" (type $r))
    (func (export "make") (param "n" u32) (result (own $rx)) (canon lift (core func $make)))
    (func (export "get") (param "r" (borrow $rx)) (result u32) (canon lift (core func $get))))
  (component $sink
    (import "host" (instance $host (export "note" (func (param "n" u32)))))
    (import "d" (instance $d
      (export "r" (type $r (sub resource)))
      (export "get" (func (param "r" (borrow $r)) (result u32)))))
    (alias export $d "r" (type $r))
    (alias export $d "get" (func $get))
    (alias export $host "note" (func $note))
    (core func $note (canon lower (func $note)))
    (core func $get (canon lower (func $get)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "note" (func $note (param i32)))
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "take") (param i32)
        (call $note (call $get (local.get 0)))
        (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
      (export "note" (func $note)) (export "get" (func $get)) (export "drop" (func $drop))))))
    (alias core export $m "take" (core func $take))
    (func (export "take") (param "r" (own $r)) (canon lift (core func $take))))
  (component $user
    (import "d" (instance $d
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))
      (export "get" (func (param "r" (borrow $r)) (result u32)))))
    (alias export $d "r" (type $r))
    (import "take" (func $take (param "r" (own $r))))
    (alias export $d "make" (func $make))
    (alias export $d "get" (func $get))
    (core func $make (canon lower (func $make)))
    (core func $get (canon lower (func $get)))
    (core func $take (canon lower (func $take)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "take" (func $take (param i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $make (local.get 0)))
      (func (export "get") (param i32) (result i32) (call $get (local.get 0)))
      (func (export "take") (param i32) (call $take (local.get 0)))
      (func (export "drop") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "get" (func $get))
      (export "take" (func $take)) (export "drop" (func $drop))))))
    (alias core export $m "make" (core func $cmake))
    (alias core export $m "get" (core func $cget))
    (alias core export $m "take" (core func $ctake))
    (alias core export $m "drop" (core func $cdrop))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $cmake)))
    (func (export "get") (param "n" u32) (result u32) (canon lift (core func $cget)))
    (func (export "hand-over") (param "n" u32) (canon lift (core func $ctake)))
    (func (export "drop") (param "n" u32) (canon lift (core func $cdrop))))
  (instance $definer (instantiate $definer (with "host" (instance $host))))
  (instance $sink (instantiate $sink (with "host" (instance $host)) (with "d" (instance $definer))))
  (alias export $sink "take" (func $take))
  (instance $user (instantiate $user (with "d" (instance $definer)) (with "take" (func $take))))
  (alias export $user "make" (func $make))
  (alias export $user "get" (func $get))
  (alias export $user "hand-over" (func $hand-over))
  (alias export $user "drop" (func $drop))
  (export "make" (func $make))
  (export "get" (func $get))
  (export "hand-over" (func $hand-over))
  (export "drop" (func $drop)))
