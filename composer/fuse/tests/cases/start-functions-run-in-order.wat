;; Instances start in the order of the linked box, also those that nobody calls.
;;
;; call run 0
;; expect note 1
;; expect note 2
;; expect note 3
;; expect 4
(component
  (import "host" (instance $host (export "note" (func (param "n" u32)))))
  (alias export $host "note" (func $note)) (core func $note (canon lower (func $note)))
  (core module $one (import "" "note" (func $note (param i32))) (func $s (call $note (i32.const 1))) (start $s))
  (core module $two (import "" "note" (func $note (param i32))) (func $s (call $note (i32.const 2))) (start $s))
  (core module $three (import "" "note" (func $note (param i32))) (func $s (call $note (i32.const 3))) (start $s)
    (func (export "run") (param i32) (result i32) (i32.const 4)))
  (core instance $args (export "note" (func $note)))
  (core instance (instantiate $one (with "" (instance $args))))
  (core instance (instantiate $two (with "" (instance $args))))
  (core instance $c (instantiate $three (with "" (instance $args))))
  (alias core export $c "run" (core func $run))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $run))))
