;; While values are lowered into a part, its `realloc` may do nothing but allocate:
;; whoever lowers them, another part or the host.
;;
;; run: it allocates
;; call mode 0
;; call through 3
;; call direct text
;; expect 0
;; expect 3
;; expect 4
;;
;; run: it calls the host
;; call mode 1
;; call through 3
;; expect 1
;; expect trap leave
;;
;; run: it calls the host, which has called
;; call mode 1
;; call direct text
;; expect 1
;; expect trap leave
;;
;; run: it makes a handle
;; call mode 2
;; call through 3
;; expect 2
;; expect trap leave
;;
;; run: it makes a handle when the host has called
;; call mode 2
;; call direct text
;; expect 2
;; expect trap leave
;;
;; run: it drops a handle
;; call mode 3
;; call through 3
;; expect 3
;; expect trap leave
;;
;; run: it looks behind a handle
;; call mode 4
;; call through 3
;; expect 4
;; expect 3
;;
;; run: it traps
;; call mode 5
;; call through 3
;; expect 5
;; expect trap unreachable
;;
;; run: and afterwards the part may call out as before
;; call through 3
;; call call-out 8
;; expect 3
;; expect note 8
;; expect 8
;;
;; run: what follows the host's call may not call out
;; call text 1
;; expect trap leave
;;
;; run: and is called when the host has read the result
;; call text 0
;; call count 0
;; expect String("abc")
;; expect 1
;;
;; run: what follows a call between parts is given its result, and may trap
;; call text-through 0
;; call count 0
;; call text-through 2
;; expect 3
;; expect 1
;; expect trap unreachable
(component
  (import "host" (instance $host (export "note" (func (param "n" u32)))))
  (component $part
    (import "host" (instance $host (export "note" (func (param "n" u32)))))
    (core func $note (canon lower (func $host "note")))
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core func $rep (canon resource.rep $r))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "note" (func $note (param i32)))
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\10\00\00\00\03\00\00\00")
      (data (i32.const 16) "abc")
      (global $mode (mut i32) (i32.const 0))
      (global $handle (mut i32) (i32.const 0))
      (global $count (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (if (i32.eq (global.get $mode) (i32.const 1)) (then (call $note (i32.const 1))))
        (if (i32.eq (global.get $mode) (i32.const 2))
          (then (drop (call $new (i32.const 1)))))
        (if (i32.eq (global.get $mode) (i32.const 3)) (then (call $drop (global.get $handle))))
        (if (i32.eq (global.get $mode) (i32.const 4))
          (then (drop (call $rep (global.get $handle)))))
        (if (i32.eq (global.get $mode) (i32.const 5)) (then unreachable))
        (i32.const 64))
      (func (export "mode") (param i32) (result i32)
        (global.set $handle (call $new (i32.const 1)))
        (global.set $mode (local.get 0))
        (local.get 0))
      (func (export "f") (param i32 i32) (result i32) (local.get 1))
      (func (export "call-out") (param i32) (result i32) (call $note (local.get 0)) (local.get 0))
      (func (export "text") (param i32) (result i32)
        (global.set $mode (local.get 0)) (i32.const 0))
      (func (export "after") (param i32)
        (if (local.get 0) (then unreachable))
        (if (i32.eq (global.get $mode) (i32.const 1)) (then (call $note (i32.const 2))))
        (if (i32.eq (global.get $mode) (i32.const 2)) (then unreachable))
        (global.set $count (i32.add (global.get $count) (i32.const 1))))
      (func (export "count") (param i32) (result i32) (global.get $count)))
    (core instance $m (instantiate $m (with "" (instance
      (export "note" (func $note)) (export "new" (func $new))
      (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (func (export "mode") (param "n" u32) (result u32) (canon lift (core func $m "mode")))
    (func (export "f") (param "s" string) (result u32)
      (canon lift (core func $m "f") (memory $m "memory") (realloc (func $m "realloc"))))
    (func (export "call-out") (param "n" u32) (result u32) (canon lift (core func $m "call-out")))
    (func (export "text") (param "n" u32) (result string)
      (canon lift (core func $m "text") (memory $m "memory") (post-return (func $m "after"))))
    (func (export "count") (param "n" u32) (result u32) (canon lift (core func $m "count"))))
  (component $caller
    (import "f" (func $f (param "s" string) (result u32)))
    (import "text" (func $text (param "n" u32) (result string)))
    (core module $mem (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
    (core instance $mem (instantiate $mem))
    (core func $f (canon lower (func $f) (memory $mem "memory")))
    (core func $text (canon lower (func $text)
      (memory $mem "memory") (realloc (func $mem "realloc"))))
    (core module $m
      (import "" "memory" (memory 1))
      (import "" "f" (func $f (param i32 i32) (result i32)))
      (import "" "text" (func $text (param i32 i32)))
      (func (export "through") (param i32) (result i32) (call $f (i32.const 0) (local.get 0)))
      (func (export "text") (param i32) (result i32)
        (call $text (local.get 0) (i32.const 32)) (i32.load (i32.const 36))))
    (core instance $m (instantiate $m (with "" (instance
      (export "memory" (memory $mem "memory"))
      (export "f" (func $f)) (export "text" (func $text))))))
    (func (export "through") (param "n" u32) (result u32) (canon lift (core func $m "through")))
    (func (export "text-through") (param "n" u32) (result u32)
      (canon lift (core func $m "text"))))
  (instance $part (instantiate $part (with "host" (instance $host))))
  (instance $caller (instantiate $caller
    (with "f" (func $part "f")) (with "text" (func $part "text"))))
  (export "mode" (func $part "mode"))
  (export "direct" (func $part "f"))
  (export "call-out" (func $part "call-out"))
  (export "text" (func $part "text"))
  (export "count" (func $part "count"))
  (export "through" (func $caller "through"))
  (export "text-through" (func $caller "text-through")))
