;; A definer of two resource types, a keeper that handles are lent to, and a user
;; that passes whatever number it is told to.
;;
;; run: a handle of one type is none of another
;; call make-r 5
;; call get 1
;; call drop-s 1
;; expect 1
;; expect 5
;; expect trap handle
;;
;; run: nor where it is lent
;; call make-s 5
;; call get 1
;; expect 1
;; expect trap handle
;;
;; run: nor where it is given away
;; call make-s 5
;; call take 1
;; expect 1
;; expect trap handle
;;
;; run: a freed number is taken up by another type, and is none of the first any more
;; call make-r 5
;; call drop-r 1
;; call make-s 6
;; call get 1
;; expect 1
;; expect destroyed 5
;; expect 0
;; expect 1
;; expect trap handle
;;
;; run: a handle that the definer never had
;; call wrong 99
;; expect trap handle
;;
;; run: a handle that the definer gave away before
;; call stale 7
;; expect destroyed 7
;; expect trap handle
;;
;; run: a handle of the definer's of another type
;; call other 7
;; expect trap handle
;;
;; run: the definer looks behind a handle that is not there
;; call rep 3
;; expect trap handle
;;
;; run: one handle lent twice in a list
;; call make-r 4
;; call all 3
;; call drop-r 1
;; expect 1
;; expect 12
;; expect destroyed 4
;; expect 0
;;
;; run: lent in a list and given away besides
;; call make-r 4
;; call mixed 1
;; expect 1
;; expect trap lent
;;
;; run: a list with a handle that is none
;; call make-r 4
;; call all-of 2
;; expect 1
;; expect trap handle
;;
;; run: a case that holds no handle, with a number where it would stand
;; call none 77
;; expect 1
;;
;; run: the same case with the number as a handle
;; call some 77
;; expect trap handle
;;
;; run: a lent handle is dropped, and used in the next call
;; call make-r 4
;; call lend 1
;; call late 0
;; expect 1
;; expect 4
;; expect trap handle
;;
;; run: a lent handle is given away as if it were owned
;; call make-r 4
;; call give 1
;; expect 1
;; expect trap handle
;;
;; run: a lent handle is dropped twice
;; call make-r 4
;; call twice 1
;; expect 1
;; expect trap handle
;;
;; run: of a list of lent handles one is kept
;; call make-r 4
;; call keep 2
;; expect 1
;; expect trap borrows remain
;;
;; run: of a list of lent handles none is kept
;; call make-r 4
;; call keep 1
;; call drop-r 1
;; expect 1
;; expect 0
;; expect destroyed 4
;; expect 0
;;
;; run: a destructor that traps
;; call make-r 13
;; call drop-r 1
;; expect 1
;; expect trap unreachable
;;
;; run: a destructor that traps when the definer drops the handle
;; call make-r 13
;; call take 1
;; expect 1
;; expect trap unreachable
(component
  (import "host" (instance $host (export "note" (func (param "n" u32)))
    (export "destroyed" (func (param "n" u32)))))
  (component $definer
    (import "host" (instance $host (export "destroyed" (func (param "n" u32)))))
    (core func $destroyed (canon lower (func $host "destroyed")))
    (core module $d
      (import "" "destroyed" (func $destroyed (param i32)))
      (func (export "dtor") (param i32)
        (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
        (call $destroyed (local.get 0))))
    (core instance $d (instantiate $d
      (with "" (instance (export "destroyed" (func $destroyed))))))
    (type $r (resource (rep i32) (dtor (func $d "dtor"))))
    (type $s (resource (rep i32)))
    (core func $new-r (canon resource.new $r))
    (core func $new-s (canon resource.new $s))
    (core func $rep-r (canon resource.rep $r))
    (core func $drop-r (canon resource.drop $r))
    (core module $m
      (import "" "new-r" (func $new-r (param i32) (result i32)))
      (import "" "new-s" (func $new-s (param i32) (result i32)))
      (import "" "rep-r" (func $rep-r (param i32) (result i32)))
      (import "" "drop-r" (func $drop-r (param i32)))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256))
      (func (export "make-r") (param i32) (result i32) (call $new-r (local.get 0)))
      (func (export "make-s") (param i32) (result i32) (call $new-s (local.get 0)))
      ;; A part that defines a resource is lent the representation.
      (func (export "get") (param i32) (result i32) (local.get 0))
      (func (export "take") (param i32) (result i32)
        (call $rep-r (local.get 0)) (call $drop-r (local.get 0)))
      (func (export "all") (param i32 i32) (result i32)
        (local $sum i32)
        (block (loop
          (br_if 1 (i32.eqz (local.get 1)))
          (local.set $sum (i32.add (local.get $sum) (i32.load (local.get 0))))
          (local.set 0 (i32.add (local.get 0) (i32.const 4)))
          (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
          (br 0)))
        (local.get $sum))
      (func (export "mixed") (param i32 i32 i32))
      (func (export "maybe") (param i32 i32) (result i32) (i32.eqz (local.get 0)))
      (func (export "wrong") (param i32) (result i32) (local.get 0))
      (func (export "stale") (param i32) (result i32)
        (call $drop-r (local.tee 0 (call $new-r (local.get 0)))) (local.get 0))
      (func (export "other") (param i32) (result i32) (call $new-s (local.get 0)))
      (func (export "rep") (param i32) (result i32) (call $rep-r (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
      (export "new-r" (func $new-r)) (export "new-s" (func $new-s))
      (export "rep-r" (func $rep-r)) (export "drop-r" (func $drop-r))))))
    (export $rx "r" (type $r))
    (export $sx "s" (type $s))
    (func (export "make-r") (param "n" u32) (result (own $rx)) (canon lift (core func $m "make-r")))
    (func (export "make-s") (param "n" u32) (result (own $sx)) (canon lift (core func $m "make-s")))
    (func (export "get") (param "r" (borrow $rx)) (result u32) (canon lift (core func $m "get")))
    (func (export "take") (param "r" (own $rx)) (result u32) (canon lift (core func $m "take")))
    (func (export "all") (param "rs" (list (borrow $rx))) (result u32)
      (canon lift (core func $m "all") (memory $m "memory") (realloc (func $m "realloc"))))
    (func (export "mixed") (param "rs" (list (borrow $rx))) (param "r" (own $rx))
      (canon lift (core func $m "mixed") (memory $m "memory") (realloc (func $m "realloc"))))
    (func (export "maybe") (param "r" (option (own $rx))) (result u32)
      (canon lift (core func $m "maybe")))
    (func (export "wrong") (param "n" u32) (result (own $rx)) (canon lift (core func $m "wrong")))
    (func (export "stale") (param "n" u32) (result (own $rx)) (canon lift (core func $m "stale")))
    (func (export "other") (param "n" u32) (result (own $rx)) (canon lift (core func $m "other")))
    (func (export "rep") (param "n" u32) (result u32) (canon lift (core func $m "rep"))))

  (component $keeper
    (import "d" (instance $d
      (export "r" (type $r (sub resource)))
      (export "get" (func (param "r" (borrow $r)) (result u32)))
      (export "take" (func (param "r" (own $r)) (result u32)))))
    (alias export $d "r" (type $r))
    (core func $get (canon lower (func $d "get")))
    (core func $take (canon lower (func $d "take")))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "take" (func $take (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (global $last (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256))
      (func (export "lend") (param i32) (result i32)
        (global.set $last (local.get 0))
        (call $get (local.get 0))
        (call $drop (local.get 0)))
      (func (export "late") (result i32) (call $get (global.get $last)))
      (func (export "give") (param i32) (result i32) (call $take (local.get 0)))
      (func (export "twice") (param i32) (result i32)
        (call $drop (local.get 0)) (call $drop (local.get 0)) (i32.const 0))
      ;; Drops only the first.
      (func (export "keep") (param i32 i32) (result i32)
        (call $drop (i32.load (local.get 0))) (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance
      (export "get" (func $get)) (export "take" (func $take)) (export "drop" (func $drop))))))
    (func (export "lend") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "lend")))
    (func (export "late") (result u32) (canon lift (core func $m "late")))
    (func (export "give") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "give")))
    (func (export "twice") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "twice")))
    (func (export "keep") (param "rs" (list (borrow $r))) (result u32)
      (canon lift (core func $m "keep") (memory $m "memory") (realloc (func $m "realloc")))))

  (component $user
    (import "d" (instance $d
      (export "r" (type $r (sub resource)))
      (export "s" (type $s (sub resource)))
      (export "make-r" (func (param "n" u32) (result (own $r))))
      (export "make-s" (func (param "n" u32) (result (own $s))))
      (export "get" (func (param "r" (borrow $r)) (result u32)))
      (export "take" (func (param "r" (own $r)) (result u32)))
      (export "all" (func (param "rs" (list (borrow $r))) (result u32)))
      (export "mixed" (func (param "rs" (list (borrow $r))) (param "r" (own $r))))
      (export "maybe" (func (param "r" (option (own $r))) (result u32)))
      (export "wrong" (func (param "n" u32) (result (own $r))))
      (export "stale" (func (param "n" u32) (result (own $r))))
      (export "other" (func (param "n" u32) (result (own $r))))
      (export "rep" (func (param "n" u32) (result u32)))))
    (alias export $d "r" (type $r))
    (alias export $d "s" (type $s))
    (import "k" (instance $k
      (export "lend" (func (param "r" (borrow $r)) (result u32)))
      (export "late" (func (result u32)))
      (export "give" (func (param "r" (borrow $r)) (result u32)))
      (export "twice" (func (param "r" (borrow $r)) (result u32)))
      (export "keep" (func (param "rs" (list (borrow $r))) (result u32)))))
    (core module $mem (memory (export "memory") 1))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "memory" (core memory $memory))
    (core func $make-r (canon lower (func $d "make-r")))
    (core func $make-s (canon lower (func $d "make-s")))
    (core func $get (canon lower (func $d "get")))
    (core func $take (canon lower (func $d "take")))
    (core func $all (canon lower (func $d "all") (memory $memory)))
    (core func $mixed (canon lower (func $d "mixed") (memory $memory)))
    (core func $maybe (canon lower (func $d "maybe")))
    (core func $wrong (canon lower (func $d "wrong")))
    (core func $stale (canon lower (func $d "stale")))
    (core func $other (canon lower (func $d "other")))
    (core func $rep (canon lower (func $d "rep")))
    (core func $lend (canon lower (func $k "lend")))
    (core func $late (canon lower (func $k "late")))
    (core func $give (canon lower (func $k "give")))
    (core func $twice (canon lower (func $k "twice")))
    (core func $keep (canon lower (func $k "keep") (memory $memory)))
    (core func $drop-r (canon resource.drop $r))
    (core func $drop-s (canon resource.drop $s))
    (core module $m
      (import "" "memory" (memory 1))
      (import "" "all" (func $all (param i32 i32) (result i32)))
      (import "" "mixed" (func $mixed (param i32 i32 i32)))
      (import "" "maybe" (func $maybe (param i32 i32) (result i32)))
      (import "" "late" (func $late (result i32)))
      (import "" "keep" (func $keep (param i32 i32) (result i32)))
      (import "" "drop-r" (func $drop-r (param i32)))
      (import "" "drop-s" (func $drop-s (param i32)))
      (func $ones
        (i64.store (i32.const 0) (i64.const 0x0000000100000001))
        (i64.store (i32.const 8) (i64.const 0x0000000100000001)))
      (func (export "all") (param i32) (result i32)
        (call $ones) (call $all (i32.const 0) (local.get 0)))
      ;; The second of the list is no handle.
      (func (export "all-of") (param i32) (result i32)
        (call $ones) (i32.store (i32.const 4) (i32.const 9))
        (call $all (i32.const 0) (local.get 0)))
      (func (export "mixed") (param i32) (result i32)
        (call $ones) (call $mixed (i32.const 0) (i32.const 2) (local.get 0)) (i32.const 0))
      (func (export "none") (param i32) (result i32) (call $maybe (i32.const 0) (local.get 0)))
      (func (export "some") (param i32) (result i32) (call $maybe (i32.const 1) (local.get 0)))
      (func (export "late") (param i32) (result i32) (call $late))
      (func (export "keep") (param i32) (result i32)
        (call $ones) (call $keep (i32.const 0) (local.get 0)))
      (func (export "drop-r") (param i32) (result i32) (call $drop-r (local.get 0)) (i32.const 0))
      (func (export "drop-s") (param i32) (result i32) (call $drop-s (local.get 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance
      (export "memory" (memory $memory))
      (export "all" (func $all)) (export "mixed" (func $mixed)) (export "maybe" (func $maybe))
      (export "late" (func $late)) (export "keep" (func $keep))
      (export "drop-r" (func $drop-r)) (export "drop-s" (func $drop-s))))))
    (func (export "make-r") (param "n" u32) (result u32) (canon lift (core func $make-r)))
    (func (export "make-s") (param "n" u32) (result u32) (canon lift (core func $make-s)))
    (func (export "get") (param "n" u32) (result u32) (canon lift (core func $get)))
    (func (export "take") (param "n" u32) (result u32) (canon lift (core func $take)))
    (func (export "wrong") (param "n" u32) (result u32) (canon lift (core func $wrong)))
    (func (export "stale") (param "n" u32) (result u32) (canon lift (core func $stale)))
    (func (export "other") (param "n" u32) (result u32) (canon lift (core func $other)))
    (func (export "rep") (param "n" u32) (result u32) (canon lift (core func $rep)))
    (func (export "lend") (param "n" u32) (result u32) (canon lift (core func $lend)))
    (func (export "give") (param "n" u32) (result u32) (canon lift (core func $give)))
    (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $twice)))
    (func (export "all") (param "n" u32) (result u32) (canon lift (core func $m "all")))
    (func (export "all-of") (param "n" u32) (result u32) (canon lift (core func $m "all-of")))
    (func (export "mixed") (param "n" u32) (result u32) (canon lift (core func $m "mixed")))
    (func (export "none") (param "n" u32) (result u32) (canon lift (core func $m "none")))
    (func (export "some") (param "n" u32) (result u32) (canon lift (core func $m "some")))
    (func (export "late") (param "n" u32) (result u32) (canon lift (core func $m "late")))
    (func (export "keep") (param "n" u32) (result u32) (canon lift (core func $m "keep")))
    (func (export "drop-r") (param "n" u32) (result u32) (canon lift (core func $m "drop-r")))
    (func (export "drop-s") (param "n" u32) (result u32) (canon lift (core func $m "drop-s"))))

  (instance $definer (instantiate $definer (with "host" (instance $host))))
  (instance $keeper (instantiate $keeper (with "d" (instance $definer))))
  (instance $user (instantiate $user (with "d" (instance $definer)) (with "k" (instance $keeper))))
  (export "make-r" (func $user "make-r"))
  (export "make-s" (func $user "make-s"))
  (export "get" (func $user "get"))
  (export "take" (func $user "take"))
  (export "wrong" (func $user "wrong"))
  (export "stale" (func $user "stale"))
  (export "other" (func $user "other"))
  (export "rep" (func $user "rep"))
  (export "lend" (func $user "lend"))
  (export "give" (func $user "give"))
  (export "twice" (func $user "twice"))
  (export "all" (func $user "all"))
  (export "all-of" (func $user "all-of"))
  (export "mixed" (func $user "mixed"))
  (export "none" (func $user "none"))
  (export "some" (func $user "some"))
  (export "late" (func $user "late"))
  (export "keep" (func $user "keep"))
  (export "drop-r" (func $user "drop-r"))
  (export "drop-s" (func $user "drop-s")))
