(component
  (import "acme:paint/types@1.0.0" (instance $types
    (type $colour (enum "red" "green"))
    (export "colour" (type $colour' (eq $colour)))
    (type $point (record (field "x" u32) (field "colour" $colour') (field "name" (option (list string)))))
    (export "point" (type (eq $point)))))
  (alias export $types "colour" (type $colour))
  (core module $m (func (export "draw") (param i32)))
  (core instance $i (instantiate $m))
  (func $draw (param "in" $colour) (canon lift (core func $i "draw")))
  (component $named
    (type $enum (enum "red" "green"))
    (import "import-colour" (type $colour (eq $enum)))
    (import "import-draw" (func $draw (param "in" $colour)))
    (export $exported "colour" (type $colour))
    (export "draw" (func $draw) (func (param "in" $exported))))
  (instance $it (instantiate $named
    (with "import-colour" (type $colour))
    (with "import-draw" (func $draw))))
  (export "acme:paint/draw@1.0.0" (instance $it)))
