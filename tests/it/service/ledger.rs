//! Permits with a quantity: who draws on them, and that nobody draws what is not there.

mod agreement;
mod life;
mod papers;
mod properties;
