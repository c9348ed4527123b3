;; instead: 28 63 6f 6d 70 6f 6e 65 6e 74 29
