;; as a dependency
(component)
