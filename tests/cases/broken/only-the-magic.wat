;; instead: 00 61 73 6d
