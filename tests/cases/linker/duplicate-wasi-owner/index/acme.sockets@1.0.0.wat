;; sockets with pollables of their own
(component
  (type $pollable (resource (rep i32)))
  (core func $new (canon resource.new $pollable))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "subscribe") (result i32) (call $new (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func $subscribe (result (own $pollable)) (canon lift (core func $i "subscribe")))
  (component $named
    (import "pollable" (type $pollable (sub resource)))
    (import "subscribe" (func $subscribe (result (own $pollable))))
    (export $exported "pollable" (type $pollable))
    (export "subscribe" (func $subscribe) (func (result (own $exported)))))
  (instance $it (instantiate $named (with "pollable" (type $pollable)) (with "subscribe" (func $subscribe))))
  (export "acme:sockets/tcp@1.0.0" (instance $it)))
