;; What follows a call between parts may call out, as wasmtime has it.
;;
;; call run 3
;; expect note 3
;; expect note 2
;; expect 9
(component
  (import "host" (instance $host (export "note" (func (param "n" u32)))))
  (component $callee
    (import "host" (instance $host (export "note" (func (param "n" u32)))))
    (alias export $host "note" (func $note)) (core func $note (canon lower (func $note)))
    (core module $m
      (import "" "note" (func $note (param i32)))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
         (i32.const 64))
      (func (export "post") (call $note (i32.const 2)))
      (func (export "f") (param i32 i32) (call $note (local.get 1))))
    (core instance $m (instantiate $m (with "" (instance (export "note" (func $note))))))
    (alias core export $m "memory" (core memory $mem))
    (alias core export $m "realloc" (core func $realloc))
    (alias core export $m "post" (core func $post))
    (alias core export $m "f" (core func $c))
    (func (export "f") (param "s" string) (canon lift (core func $c) (memory $mem) (realloc $realloc) (post-return $post))))
  (component $caller
    (import "f" (func $f (param "s" string)))
    (core module $mem (memory (export "memory") 1))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "memory" (core memory $memory))
    (core func $f (canon lower (func $f) (memory $memory)))
    (core module $m (import "" "f" (func $f (param i32 i32)))
      (func (export "run") (param i32) (result i32) (call $f (i32.const 0) (local.get 0)) (i32.const 9)))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
    (alias core export $m "run" (core func $c))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $c))))
  (instance $callee (instantiate $callee (with "host" (instance $host))))
  (alias export $callee "f" (func $f))
  (instance $caller (instantiate $caller (with "f" (func $f))))
  (alias export $caller "run" (func $run))
  (export "run" (func $run)))
