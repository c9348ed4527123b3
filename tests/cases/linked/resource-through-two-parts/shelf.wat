;; hands on a resource that it has from another
(component
  (import "acme:kv/store@1.0.0" (instance $store
    (export "bucket" (type $bucket (sub resource)))
    (export "open" (func (result (own $bucket))))
    (export "[method]bucket.number" (func (param "self" (borrow $bucket)) (result u32)))))
  (alias export $store "bucket" (type $bucket))
  (core module $m
    (import "" "open" (func $open (result i32)))
    (func (export "find") (result i32) call $open))
  (core func $open (canon lower (func $store "open")))
  (core instance $i (instantiate $m (with "" (instance (export "open" (func $open))))))
  (func $find (result (own $bucket)) (canon lift (core func $i "find")))
  (component $named
    (import "bucket" (type $bucket (sub resource)))
    (import "find" (func $find (result (own $bucket))))
    (export $exported "bucket" (type $bucket))
    (export "find" (func $find) (func (result (own $exported)))))
  (instance $it (instantiate $named (with "bucket" (type $bucket)) (with "find" (func $find))))
  (export "acme:shelf/books@1.0.0" (instance $it)))
