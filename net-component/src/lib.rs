//! net-component
