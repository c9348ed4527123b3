//! vfs-component
