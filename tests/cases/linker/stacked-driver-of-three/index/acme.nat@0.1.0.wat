;; a firewall: exports what it imports
(component
  (import "boxer:kernel/net@0.1.0" (instance))
  (instance $nothing)
  (export "boxer:kernel/net@0.1.0" (instance $nothing)))
