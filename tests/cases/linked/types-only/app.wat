;; an interface without functions needs nobody to provide it
(component
  (import "acme:paint/types@1.0.0" (instance $types
    (type $colour (enum "red" "green"))
    (export "colour" (type $colour' (eq $colour)))
    (type $point (record (field "x" u32) (field "colour" $colour') (field "name" (option (list string)))))
    (export "point" (type (eq $point)))))
  (alias export $types "colour" (type $colour))
  (import "acme:paint/draw@1.0.0" (instance
    (alias outer 1 $colour (type $outer))
    (export "colour" (type $colour (eq $outer)))
    (export "draw" (func (param "in" $colour)))))
  (core module $m (func (export "run") (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))
