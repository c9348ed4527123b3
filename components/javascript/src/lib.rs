//! javascript
