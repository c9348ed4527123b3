;; wants an exit status of its own, and everything else of the personality
(component
  (import "wasi:cli/exit@0.2.12" (instance (export "exit-with-code" (func (param "status-code" u8)))))
  (import "wasi:cli/stdout@0.2.12" (instance))
  (core module $m (func (export "run") (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))
