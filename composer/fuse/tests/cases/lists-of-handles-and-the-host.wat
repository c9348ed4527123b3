;; Handles in lists, between a part and the host. The part passes on whatever pointer,
;; length and handle it is told to.
;;
;; run: two handles, given and taken back
;; call make 0
;; call make 0
;; call pass 2
;; expect 1
;; expect 2
;; expect pass 1 2
;; expect 2
;;
;; run: what came back is another handle of the same, dropped once
;; call make 0
;; call give 1
;; call give 1
;; expect 1
;; expect pass 1
;; expect drop 1
;; expect 0
;; expect trap handle
;;
;; run: two handles, lent
;; call make 0
;; call lend 2
;; call drop 1
;; expect 1
;; expect lent 1 1
;; expect 2
;; expect drop 1
;; expect 0
;;
;; run: a list that lies over the end
;; call make 0
;; call at 65532 2
;; expect 1
;; expect trap bounds
;;
;; run: a list that wraps around
;; call at 4294967292 2
;; expect trap bounds
;;
;; run: a list with more than there is
;; call at 256 1073741825
;; expect trap bounds
;;
;; run: a list out of line
;; call at 258 1
;; expect trap alignment
;;
;; run: a list with a handle that is none
;; call make 0
;; call at 1024 2
;; expect 1
;; expect trap handle
;;
;; run: a result list that lies over the end
;; call answer 65532 2
;; expect trap bounds
;;
;; run: a result list with a handle that is none
;; call answer 1024 2
;; expect trap handle
;;
;; run: a result area that is out of line, which is seen once there is a result
;; call area 257
;; expect pass
;; expect trap alignment
;;
;; run: a result area that lies over the end
;; call area 65532
;; expect pass
;; expect trap bounds
(component
  (import "host" (instance $host
    (export "r" (type $r (sub resource)))
    (export "make" (func (result (own $r))))
    (export "pass" (func (param "rs" (list (own $r))) (result (list (own $r)))))
    (export "lend" (func (param "rs" (list (borrow $r))) (result u32)))))
  (alias export $host "r" (type $r))
  (component $part
    (import "host" (instance $host
      (export "r" (type $r (sub resource)))
      (export "make" (func (result (own $r))))
      (export "pass" (func (param "rs" (list (own $r))) (result (list (own $r)))))
      (export "lend" (func (param "rs" (list (borrow $r))) (result u32)))))
    (alias export $host "r" (type $r))
    (core module $mem (memory (export "memory") 1)
      (data (i32.const 1024) "\09\00\00\00\08\00\00\00")
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 512)))
    (core instance $mem (instantiate $mem))
    (core func $make (canon lower (func $host "make")))
    (core func $pass (canon lower (func $host "pass")
      (memory $mem "memory") (realloc (func $mem "realloc"))))
    (core func $lend (canon lower (func $host "lend") (memory $mem "memory")))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "memory" (memory 1))
      (import "" "make" (func $make (result i32)))
      (import "" "pass" (func $pass (param i32 i32 i32)))
      (import "" "lend" (func $lend (param i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $make))
      ;; The handles 1 and 2; how many came back.
      (func (export "pass") (param i32) (result i32)
        (i64.store (i32.const 256) (i64.const 0x0000000200000001))
        (call $pass (i32.const 256) (local.get 0) (i32.const 64))
        (i32.load (i32.const 68)))
      (func (export "give") (param i32) (result i32)
        (i32.store (i32.const 256) (local.get 0))
        (call $pass (i32.const 256) (i32.const 1) (i32.const 64))
        (call $drop (i32.load (i32.load (i32.const 64))))
        (i32.const 0))
      (func (export "lend") (param i32) (result i32)
        (i64.store (i32.const 256) (i64.const 0x0000000100000001))
        (call $lend (i32.const 256) (local.get 0)))
      (func (export "drop") (param i32) (result i32) (call $drop (local.get 0)) (i32.const 0))
      (func (export "at") (param i32 i32) (result i32)
        (call $lend (local.get 0) (local.get 1)))
      (func (export "answer") (param i32 i32) (result i32)
        (i32.store (i32.const 32) (local.get 0))
        (i32.store (i32.const 36) (local.get 1))
        (i32.const 32))
      (func (export "area") (param i32) (result i32)
        (call $pass (i32.const 256) (i32.const 0) (local.get 0)) (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance
      (export "memory" (memory $mem "memory"))
      (export "make" (func $make)) (export "pass" (func $pass))
      (export "lend" (func $lend)) (export "drop" (func $drop))))))
    (func (export "make") (param "n" u32) (result u32) (canon lift (core func $m "make")))
    (func (export "pass") (param "n" u32) (result u32) (canon lift (core func $m "pass")))
    (func (export "give") (param "n" u32) (result u32) (canon lift (core func $m "give")))
    (func (export "lend") (param "n" u32) (result u32) (canon lift (core func $m "lend")))
    (func (export "drop") (param "n" u32) (result u32) (canon lift (core func $m "drop")))
    (func (export "at") (param "a" u32) (param "b" u32) (result u32)
      (canon lift (core func $m "at")))
    (func (export "answer") (param "a" u32) (param "b" u32) (result (list (own $r)))
      (canon lift (core func $m "answer") (memory $mem "memory")))
    (func (export "area") (param "n" u32) (result u32) (canon lift (core func $m "area"))))
  (instance $part (instantiate $part (with "host" (instance $host))))
  (export "make" (func $part "make"))
  (export "pass" (func $part "pass"))
  (export "give" (func $part "give"))
  (export "lend" (func $part "lend"))
  (export "drop" (func $part "drop"))
  (export "at" (func $part "at"))
  (export "answer" (func $part "answer"))
  (export "area" (func $part "area")))
