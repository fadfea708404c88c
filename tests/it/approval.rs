//! Working time, the order of tasks, due times and what is critical.

mod calendar;
mod drawing;
mod running;
mod schedule;
