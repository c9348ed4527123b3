;; a personality that owns pollables
(component
  (type $pollable (resource (rep i32)))
  (component $named
    (import "pollable" (type $pollable (sub resource)))
    (export "pollable" (type $pollable)))
  (instance $it (instantiate $named (with "pollable" (type $pollable))))
  (export "wasi:io/poll@0.2.12" (instance $it)))
