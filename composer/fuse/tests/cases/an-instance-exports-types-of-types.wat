;; An exported instance names types that are made of each other.
;;
;; call run 7
;; expect 7
(component
  (component $part
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
      (func (export "count") (param i32 i32 i32 i32) (result i32)
        (i32.add (local.get 1) (local.get 3))))
    (core instance $m (instantiate $m))
    (type $inner (record (field "name" string)))
    (type $kind (variant (case "plain") (case "of" $inner)))
    (type $kinds (list $kind))
    (type $inners (list $inner))
    (type $all (record (field "kinds" $kinds) (field "inners" $inners)))
    (func $count (param "all" $all) (result u32)
      (canon lift (core func $m "count") (memory $m "memory") (realloc (func $m "realloc"))))
    (component $names
      (type $inner' (record (field "name" string)))
      (import "inner" (type $inner (eq $inner')))
      (type $kind' (variant (case "plain") (case "of" $inner)))
      (import "kind" (type $kind (eq $kind')))
      (type $all' (record (field "kinds" (list $kind)) (field "inners" (list $inner))))
      (import "all" (type $all (eq $all')))
      (import "count" (func $count (param "all" $all) (result u32)))
      (type $a' (record (field "name" string)))
      (export $a "inner" (type $a'))
      (type $b' (variant (case "plain") (case "of" $a)))
      (export $b "kind" (type $b'))
      (type $c' (record (field "kinds" (list $b)) (field "inners" (list $a))))
      (export $c "all" (type $c'))
      (export "count" (func $count) (func (param "all" $c) (result u32))))
    (instance $api (instantiate $names
      (with "inner" (type $inner)) (with "kind" (type $kind)) (with "all" (type $all))
      (with "count" (func $count))))
    (export "api" (instance $api)))
  (instance $part (instantiate $part))
  (export "api" (instance $part "api"))
  (core module $id (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $id (instantiate $id))
  (alias core export $id "run" (core func $run))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $run))))
