;; Copies `/data/in` to standard output, then makes `/data/out` with the same content.
;; Exit status 1 where the first fails; writes "no" where the second does.
(module
  (import "wasi_snapshot_preview1" "fd_prestat_get"
    (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (data (i32.const 1024) "data/in")
  (data (i32.const 1040) "data/out")
  (data (i32.const 1056) "no")
  (func $write (param $to i32) (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (call $fd_write (local.get $to) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func (export "_start") (local $length i32)
    ;; Descriptor 3 is the root. Rights: fd_read (2).
    (if (call $open (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const 7)
          (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16))
      (then (call $exit (i32.const 1))))
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (i32.const 32768))
    (if (call $fd_read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8))
      (then (call $exit (i32.const 1))))
    (local.set $length (i32.load (i32.const 8)))
    (drop (call $write (i32.const 1) (i32.const 4096) (local.get $length)))
    ;; Flags: create and truncate (9). Rights: fd_write (64).
    (if (call $open (i32.const 3) (i32.const 1) (i32.const 1040) (i32.const 8)
          (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16))
      (then (drop (call $write (i32.const 1) (i32.const 1056) (i32.const 2))))
      (else (drop (call $write (i32.load (i32.const 16)) (i32.const 4096) (local.get $length)))))))
