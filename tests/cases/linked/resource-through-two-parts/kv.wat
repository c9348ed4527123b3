;; owns a resource
(component
  (type $bucket (resource (rep i32)))
  (core func $new (canon resource.new $bucket))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (global $next (mut i32) (i32.const 0))
    (func (export "open") (result i32)
      (global.set $next (i32.add (global.get $next) (i32.const 1)))
      (call $new (global.get $next)))
    (func (export "number") (param i32) (result i32) local.get 0))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func $open (result (own $bucket)) (canon lift (core func $i "open")))
  (func $number (param "self" (borrow $bucket)) (result u32) (canon lift (core func $i "number")))
  (component $named
    (import "bucket" (type $bucket (sub resource)))
    (import "open" (func $open (result (own $bucket))))
    (import "number" (func $number (param "self" (borrow $bucket)) (result u32)))
    (export $exported "bucket" (type $bucket))
    (export "open" (func $open) (func (result (own $exported))))
    (export "[method]bucket.number" (func $number) (func (param "self" (borrow $exported)) (result u32))))
  (instance $it (instantiate $named
    (with "bucket" (type $bucket)) (with "open" (func $open)) (with "number" (func $number))))
  (export "acme:kv/store@1.0.0" (instance $it)))
