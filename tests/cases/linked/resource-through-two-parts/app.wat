;; takes a bucket from one part and asks another about it
(component
  (import "acme:kv/store@1.0.0" (instance $store
    (export "bucket" (type $bucket (sub resource)))
    (export "open" (func (result (own $bucket))))
    (export "[method]bucket.number" (func (param "self" (borrow $bucket)) (result u32)))))
  (alias export $store "bucket" (type $bucket))
  (import "acme:shelf/books@1.0.0" (instance $books
    (alias outer 1 $bucket (type $outer))
    (export "bucket" (type $bucket (eq $outer)))
    (export "find" (func (result (own $bucket))))))
  (core module $m
    (import "" "find" (func $find (result i32)))
    (import "" "number" (func $number (param i32) (result i32)))
    ;; two buckets: the second has number 2 where all share one store
    (func (export "run") (result i32)
      (drop (call $find))
      (i32.ne (call $number (call $find)) (i32.const 2))))
  (core func $find (canon lower (func $books "find")))
  (core func $number (canon lower (func $store "[method]bucket.number")))
  (core instance $i (instantiate $m (with "" (instance
    (export "find" (func $find)) (export "number" (func $number))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))
