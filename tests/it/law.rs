//! Packs: what loads, what does not and where it says so, and what a loaded pack answers.

mod built_in;
mod cases;
mod coverage;
mod defects;
mod diff;
mod goods;
mod impact;
mod in_time;
mod life_cycle;
mod pack;
mod risk;
mod units;
mod warnings;
