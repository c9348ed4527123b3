//! vfs-image
