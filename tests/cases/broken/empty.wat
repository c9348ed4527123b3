;; instead: nothing
